"""Opens the shared memory of another process (POSIX)."""

from pathlib import Path

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: Path("/dev/shm", facts["posix_memory"]).read_text()])
