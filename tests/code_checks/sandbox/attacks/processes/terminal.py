"""Types into the terminal from which it was started."""

import fcntl
import os
import termios
from functools import partial

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def attempt(path: str) -> str:
    terminal = os.open(path, os.O_RDWR)
    os.write(terminal, b"attacked")
    return path


def type_into(number: int) -> str:
    fcntl.ioctl(number, termios.TIOCSTI, b"x")
    return f"typed into {number}"


escaped_if_any(
    [
        lambda: attempt("/dev/tty"),
        lambda: attempt(facts["terminal"]),
        *(partial(type_into, number) for number in range(3)),
    ]
)
