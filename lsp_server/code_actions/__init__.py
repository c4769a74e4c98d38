"""Code actions: work on a document that somebody orders, looks at, and accepts or not."""
