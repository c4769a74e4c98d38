"""llama.cpp itself: loaded once, quiet, with its last complaints kept for error messages."""

from __future__ import annotations

import ctypes
import re
from collections import deque
from typing import Any

import llama_cpp.llama_cpp as llama

__all__ = ["build_facts", "forget_complaints", "last_complaint", "llama"]

_WARNING, _CONTINUED = 3, 5
_complaints: deque[str] = deque(maxlen=40)
_last_level = 0


@llama.llama_log_callback  # type: ignore[untyped-decorator]
def _keep_complaint(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    global _last_level  # noqa: PLW0603 (the C callback has nowhere else to keep it)
    if level != _CONTINUED:
        _last_level = level
    if _last_level >= _WARNING:
        _complaints.append(text.decode("utf-8", "replace").strip())


llama.llama_log_set(_keep_complaint, ctypes.c_void_p(0))
llama.llama_backend_init()


def forget_complaints() -> None:
    """Empty the record, before an operation whose complaints will be asked for."""
    _complaints.clear()


def last_complaint() -> str:
    """Return llama.cpp's own words on what went wrong last, without its function names."""
    for line in _complaints:
        if re.search(r"error|fail|unknown|invalid|corrupt|unsupported", line, re.IGNORECASE):
            return re.sub(r"^[a-z_0-9]+: ", "", line)
    return next((line for line in _complaints if line), "")


def build_facts() -> dict[str, Any]:
    """Describe this build: version of the binding, CPU features, whether a GPU can be used."""
    import llama_cpp  # noqa: PLC0415 (only for its version)

    return {
        "llama_cpp_python": llama_cpp.__version__,
        "system": llama.llama_print_system_info().decode("utf-8", "replace").strip(),
        "gpu_offload": bool(llama.llama_supports_gpu_offload()),
        "mmap": bool(llama.llama_supports_mmap()),
    }
