"""Reads the memory of another process."""

import ctypes

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts, system_call


class Piece(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def attempt() -> bytes:
    buffer = ctypes.create_string_buffer(len(facts["expected"]))
    mine = Piece(ctypes.cast(buffer, ctypes.c_void_p), len(buffer))
    theirs = Piece(facts["victim_address"], len(buffer))
    system_call(
        310, 270, facts["victim"], ctypes.byref(mine), 1, ctypes.byref(theirs), 1, ctypes.c_ulong(0)
    )
    return buffer.raw


escaped_if_any([attempt])
