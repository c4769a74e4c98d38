"""How the embedded models are made: corpus, tokenizer, training, export. See README.md."""
