"""Text as code: where it is wanted, what of it fits, and what is wrong with it in place.

A check takes a hole and a text, changes nothing, and returns a verdict; it never raises because
of the code. This package knows no model, no score and no editor.
"""
