"""Makes an io_uring, which does in the kernel what filters cannot see."""

import ctypes

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, system_call

escaped_if_any([lambda: f"ring {system_call(425, 425, 4, ctypes.create_string_buffer(120))}"])
