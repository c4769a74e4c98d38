"""Code actions: work on a document that somebody orders, looks at, and accepts or not.

`catalog` lists them, `desk` has them done, `progress` says how far they are, `edits` turns what is
proposed into the protocol's edits, and `why` tells people how a suggestion came about.
"""
