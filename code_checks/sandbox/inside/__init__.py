"""What runs inside a sandbox, before and around the code that is contained.

The standard library only: this folder alone is put into the sandbox, and imported there under
the name `inside`, which is why its modules import each other relatively.
"""
