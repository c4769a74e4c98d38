"""Uses the parts of the kernel in which flaws are found most often."""

import ctypes
import struct

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, system_call

PROGRAM = struct.pack("=IIIII", 1, 4, 4, 1, 0) + bytes(100)  # an array map
EVENT = struct.pack("=IIQQ", 1, 112, 0, 0) + bytes(96)  # the processor's clock

escaped_if_any(
    [
        lambda: f"bpf {system_call(321, 280, 0, ctypes.c_char_p(PROGRAM), 72)}",
        lambda: f"perf {system_call(298, 241, ctypes.c_char_p(EVENT), 0, -1, -1, 0)}",
        lambda: f"userfaultfd {system_call(323, 282, 1)}",
        lambda: f"fanotify {system_call(300, 262, 0, 0)}",
    ]
)
