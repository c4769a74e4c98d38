"""Opening a model file that was never seen before in a process that may be lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from ensemble.engines.local import messages
from ensemble.errors import ModelRefused
from ensemble.models.gguf_header import read_header
from ensemble.models.info import ModelInfo

_SECONDS = 120.0


class Probed(msgspec.Struct, frozen=True):
    """What a probe found: the model, and the llama.cpp that opened it."""

    info: ModelInfo
    build: dict[str, Any]


async def probe_model(path: str) -> Probed:
    """Open a GGUF file, and compute one token with it, in a process of its own.

    Raises ModelRefused, whose message names the file and the remedy, if llama.cpp refuses the
    file, crashes on it, or needs more than two minutes.
    """
    await asyncio.to_thread(read_header, path)
    process = await asyncio.create_subprocess_exec(
        *host_command("--probe", path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        raise ModelRefused(
            f"{path}: llama.cpp did not open this model within {_SECONDS:.0f} s. "
            "Check the file, or choose a smaller model."
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    build: dict[str, Any] = {}
    for text in output.splitlines():
        match messages.from_host.decode(text):
            case messages.Ready(build=found):
                build = found
            case messages.Loaded(info=info):
                return Probed(info, build)
            case messages.Refused(message=message):
                raise ModelRefused(message)
    raise ModelRefused(
        f"{path}: llama.cpp crashed on this model ({exit_reason(process.returncode)}). "
        "Replace the file, or update llama-cpp-python."
    )


async def probe_once(path: str) -> ModelInfo:
    """Probe a file unless exactly this file has been opened before. Raises ModelRefused."""
    key = _identity(path)
    known = _read_known()
    if key not in known:
        known = {**known, key: (await probe_model(path)).info}
        _write_known(known)
    return known[key]


def host_command(*arguments: str) -> tuple[str, ...]:
    """Return the command that starts a host process.

    `-P` keeps the current folder off the module path: a cloned repository must not be able to
    put its own modules in place of ours.
    """
    return (sys.executable, "-P", "-m", "ensemble.inference.host", *arguments)


def exit_reason(code: int | None) -> str:
    """Say in words how a process ended."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"


def _identity(path: str) -> str:
    """Identify a file's content without reading it. Raises ModelRefused if there is no file."""
    try:
        facts = Path(path).stat()
    except OSError as error:
        raise ModelRefused(f"{path}: {error.strerror}. Correct the model's path.") from error
    return f"{Path(path).resolve()}:{facts.st_size}:{facts.st_mtime_ns}"


def _known_file() -> Path:
    return platformdirs.user_cache_path("coterie") / "probed-models.json"


def _read_known() -> dict[str, ModelInfo]:
    try:
        return msgspec.json.decode(_known_file().read_bytes(), type=dict[str, ModelInfo])
    except (OSError, msgspec.DecodeError):
        return {}


def _write_known(known: dict[str, ModelInfo]) -> None:
    """Remember the probed files; without a writable cache they are probed again next time."""
    path = _known_file()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(msgspec.json.encode(known))
        part.replace(path)
