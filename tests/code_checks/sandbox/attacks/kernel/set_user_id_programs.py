"""Gains privileges from programs that have them: asks whether the kernel would give them."""

from tests.code_checks.sandbox.attacks.evil import escaped, libc

GET_NO_NEW_PRIVILEGES = 39
if libc.prctl(GET_NO_NEW_PRIVILEGES, 0, 0, 0, 0) == 0:
    escaped("set-user-id programs work")
