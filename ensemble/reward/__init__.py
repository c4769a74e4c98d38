"""The reward ensemble: several fitted scorers that rerank candidates and decide what is shown."""
