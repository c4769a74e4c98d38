"""Opens files by their number on the disk, past every directory."""

import ctypes
import os

from tests.code_checks.sandbox.attacks.evil import checked, escaped_if_any, facts, libc


def attempt() -> bytes:
    handle = ctypes.create_string_buffer(136)
    ctypes.c_uint32.from_buffer(handle).value = 128
    mount = ctypes.c_int()
    name = facts["secret_file"].encode()
    checked(libc.name_to_handle_at(-100, name, handle, ctypes.byref(mount), 0))
    anchor = os.open(".", os.O_RDONLY)
    return os.read(checked(libc.open_by_handle_at(anchor, handle, os.O_RDONLY)), 99)


escaped_if_any([attempt])
