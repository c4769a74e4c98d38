"""Runs code that nobody has read, where it can do no harm; or refuses to.

    level = probe_sandbox()                          # once per process; `level.available`
    done = run(["/usr/bin/node", "--test"], {"a.test.mjs": source}, limits=Limits(...))
    done = await cancellable(lambda cancel: run(command, files, cancel=cancel))

The code gets a directory of its own with a copy of the files that it is given, a minimal
environment, standard input, output and error, and nothing else. When `run` returns, or is
cancelled, or this process dies, every process that the code started is dead.

What each mechanism covers; tests/code_checks/sandbox has an attack for each claim:

**bubblewrap** (Linux): namespaces of its own for mounts, processes, network, IPC and host name.
There is only a read-only /usr, the interpreter, what `read_only` names, and a working directory
in memory. A system call filter takes away what namespaces do not cover (sockets other than local
and IP ones, among them those to a hypervisor; keyrings, io_uring, new namespaces, tracing, the
clock). Contains everything in `Threat`.

**Landlock** (Linux 6.2 and newer, where bubblewrap is missing or forbidden): the kernel opens no
file outside the working directory, /usr and the interpreter; the system call filter takes away
every kind of socket but a pair within the sandbox, every change of a file's owner, mode, times
or attributes, and all IPC. Where user namespaces are allowed, network, IPC and process numbers
are empty ones on top. Does not contain METADATA: the names, sizes and dates of files outside can
be found out by guessing their paths, and which process numbers are in use.
Before Linux 6.12, no process of the code can signal another, not even its own.

**sandbox-exec** (macOS): a profile that denies everything but reading the system's libraries and
the interpreter, and writing the working directory. Code can start no further process, because
nothing else would end those that hide. It is meant to contain everything but METADATA, which
nothing has proven: until the attack suite has run on a Mac it is reported as unavailable, and no
code is run there.

What none of them contains: flaws of the kernel, and what one program can learn of another by
timing. Started as root, the code runs as an unprivileged user that nothing else uses.
"""

from code_checks.sandbox.asynchronous import cancellable
from code_checks.sandbox.completed import Completed, KilledBy
from code_checks.sandbox.level import HARMFUL, Level, Mechanism, SandboxUnavailable, Threat
from code_checks.sandbox.limits import (
    DEFAULT_JUDGE_LIMITS,
    DEFAULT_LIMITS,
    JudgeLimits,
    Limits,
)
from code_checks.sandbox.probing import probe_sandbox
from code_checks.sandbox.run import run

__all__ = [
    "DEFAULT_JUDGE_LIMITS",
    "DEFAULT_LIMITS",
    "HARMFUL",
    "Completed",
    "JudgeLimits",
    "KilledBy",
    "Level",
    "Limits",
    "Mechanism",
    "SandboxUnavailable",
    "Threat",
    "cancellable",
    "probe_sandbox",
    "run",
]
