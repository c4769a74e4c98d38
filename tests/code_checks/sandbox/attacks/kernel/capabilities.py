"""Looks for capabilities that it still has, and could get back."""

import ctypes

from tests.code_checks.sandbox.attacks.evil import checked, escaped, libc

header = (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)()
checked(libc.capget(header, sets))
if any(sets):
    escaped([hex(part) for part in sets])
