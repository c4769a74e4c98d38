"""Code actions: work on a document that somebody orders, looks at, and accepts or not.

`catalog` lists them, `offering` says what is offered where, `desk` has it done, `progress` says how
far it is, `edits` turns what is proposed into the protocol's edits, and `why` tells people how a
suggestion came about.
"""
