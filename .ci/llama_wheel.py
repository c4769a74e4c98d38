"""Builds llama-cpp-python once per machine and keeps the wheel, and llama.cpp's test vocabularies.

The package is published as source only and takes minutes to build; a build made for one CPU may
die of an illegal instruction on another. So the wheel is kept in the user's cache under a key of
everything that shapes it, and a cache that travels to another machine is simply not used there.
CMAKE_ARGS, CC, CXX, CFLAGS and CXXFLAGS are honored, for example CMAKE_ARGS=-DGGML_CUDA=on.

    llama_wheel.py wheel                    prints the wheel's path, building it if need be
    llama_wheel.py vocabularies DIRECTORY   puts ggml-vocab-*.gguf into the directory
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "llama-cpp-python"
VOCABULARIES = ("qwen2", "starcoder", "deepseek-coder", "refact")
NO_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
BUILD_SETTINGS = ("CMAKE_ARGS", "CC", "CXX", "CFLAGS", "CXXFLAGS", "FORCE_CMAKE")


def version() -> str:
    """Return the exact version that constraints.txt asks for."""
    constraints = (ROOT / "constraints.txt").read_text()
    found = re.search(rf"^{PACKAGE}==(\S+)$", constraints, re.MULTILINE)
    if found is None:
        raise SystemExit(f"constraints.txt does not say which {PACKAGE} to use")
    return found[1]


def cache() -> Path:
    """Return the directory that outlives checkouts."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "coterie"


def key() -> str:
    """Return a digest of what shapes a build: version, Python, CPU, compilers and settings."""
    facts = [version(), sys.implementation.cache_tag, platform.system(), platform.machine()]
    facts += ["-".join(platform.libc_ver()), cpu_features()]
    facts += [first_line(os.environ.get("CC", "cc")), first_line(os.environ.get("CXX", "c++"))]
    facts += [f"{name}={os.environ.get(name, '')}" for name in BUILD_SETTINGS]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:20]


def cpu_features() -> str:
    """Return what the compiler's native mode looks at: the instruction sets of this CPU."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        kept = {line for line in lines if re.match(r"(flags|Features|CPU part)\s*:", line)}
        return "\n".join(sorted(kept))
    return first_line("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()


def leave_amx_out() -> None:
    """Keep Intel's matrix tiles out of a build for a processor that claims to have them.

    A virtual machine may show the flag and lose the tiles' configuration at a change of threads;
    llama.cpp then dies of an illegal instruction (`tileloadd`) in the middle of a prompt. Nothing
    tells such a machine from a good one before that, and AVX-512 does the same work.
    """
    if "amx_tile" in cpu_features():
        for name in ("CFLAGS", "CXXFLAGS"):
            if NO_AMX not in os.environ.get(name, ""):
                os.environ[name] = f"{os.environ.get(name, '')} {NO_AMX}".strip()


def first_line(*command: str) -> str:
    """Return the first line that a command prints (`--version` by default), "" without it."""
    arguments = command if len(command) > 1 else (*command[0].split(), "--version")
    with contextlib.suppress(OSError):
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        return done.stdout.partition("\n")[0]
    return ""


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold a directory's lock, so that two checkouts never build the same thing at once."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pip(*arguments: str) -> None:
    """Run pip with its output on stderr; stdout is for the answer."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    # pip's own wheel cache is switched off by the callers: its key leaves the CPU out.
    done = subprocess.run(command, stdout=sys.stderr.fileno(), check=False)
    if done.returncode:
        raise SystemExit(f"pip {arguments[0]} of {PACKAGE} failed; the reason is above")


def source(directory: Path) -> Path:
    """Download the source distribution, 77 MB, into a directory."""
    pip("download", "--no-cache-dir", "--no-deps", "--no-binary", PACKAGE,
        "--dest", str(directory), f"{PACKAGE}=={version()}")  # fmt: skip
    return next(directory.glob("*.tar.gz"))


def keep_vocabularies(sdist: Path) -> None:
    """Copy the vocabularies out of a source distribution into the cache, in one move."""
    target = vocabulary_cache()
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    wanted = {f"ggml-vocab-{name}.gguf" for name in VOCABULARIES}
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        new = Path(scratch, "new")
        new.mkdir()
        with tarfile.open(sdist) as archive:
            for member in archive:
                name = Path(member.name).name
                if "/vendor/llama.cpp/models/" in member.name and name in wanted:
                    content = archive.extractfile(member)
                    if content is not None:
                        (new / name).write_bytes(content.read())
        missing = wanted - {path.name for path in new.iterdir()}
        if missing:
            raise SystemExit(f"{sdist.name} lacks {', '.join(sorted(missing))}")
        new.rename(target)


def vocabulary_cache() -> Path:
    return cache() / "vocabularies" / version()


def wheel() -> Path:
    """Return the wheel for this machine, built from source the first time."""
    leave_amx_out()
    directory = cache() / "wheels" / key()
    with alone(directory):
        for built in directory.glob("*.whl"):
            return built
        print(f"building {PACKAGE} {version()} for this machine: minutes, once", file=sys.stderr)
        os.environ.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            sdist = source(Path(scratch))
            keep_vocabularies(sdist)
            pip("wheel", "--no-cache-dir", "--no-deps", "--wheel-dir", scratch, str(sdist))
            built = next(Path(scratch).glob("*.whl"))
            return built.rename(directory / built.name)


def vocabularies(target: Path) -> None:
    """Put the vocabularies into a directory, from the cache or from the source distribution."""
    with alone(vocabulary_cache().parent):
        if not vocabulary_cache().is_dir():
            with tempfile.TemporaryDirectory(dir=vocabulary_cache().parent) as scratch:
                keep_vocabularies(source(Path(scratch)))
        shutil.copytree(vocabulary_cache(), target, dirs_exist_ok=True)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["wheel"]:
            print(wheel())
        case ["vocabularies", directory]:
            vocabularies(Path(directory))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
