"""A machine worth attacking: secrets, services and other processes, and whether they are hurt."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pty
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path
from types import FrameType
from typing import Any

SECRET = "SECRET-7d1c"
_VICTIM = """
import ctypes, os, sys, time
text = ctypes.create_string_buffer((sys.argv[1] + " memory").encode())
opened = os.open(sys.argv[2], os.O_RDONLY)
print(ctypes.addressof(text), opened, flush=True)
time.sleep(600)
"""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmat.restype = ctypes.c_void_p


class Machine:
    """Everything that an attack could get at, owned by the user that runs this."""

    def __init__(self, harness: Path) -> None:
        self._harness = harness
        self._program = harness.read_bytes()
        # Each runner has the same process number, in a namespace of its own.
        self._name = f"coterie-{secrets.token_hex(8)}"
        self.mark = f"outlives-{self._name}"
        self.base = Path(tempfile.mkdtemp(prefix="coterie-machine-"))
        self.home = self.base / "home"
        self.meeting = self.base / "meeting"
        self.meeting.mkdir()
        self.base.chmod(0o755)
        self._events: list[str] = []
        self._furnish()
        self._services = self._serve()
        self._victim, self._victim_facts = self._start_victim()
        self._shared = self._share_memory()
        self._posix = Path("/dev/shm", self._name)
        self._posix.write_text(SECRET)
        self._queue = self._open_queue()
        self._remember_key()
        self._terminal = self._take_terminal()
        self._descriptor = os.open(self.home / "secret", os.O_RDONLY)
        os.set_inheritable(self._descriptor, True)
        signal.signal(signal.SIGUSR1, self._signaled)
        signal.signal(signal.SIGCONT, self._signaled)
        self._processes = self._living()

    def facts(self) -> str:
        """Return what an attacker is told, as JSON."""
        return json.dumps(
            {
                "secret_file": str(self.home / "secret"),
                "home": str(self.home),
                "canary": str(self.home / "canary"),
                "harness": str(self._harness),
                "mark": self.mark,
                "runner": os.getpid(),
                "runner_group": os.getpgrp(),
                "expected": SECRET,
                "victim": self._victim.pid,
                "victim_address": self._victim_facts[0],
                "victim_descriptor": self._victim_facts[1],
                "shared_memory": self._shared,
                "posix_memory": self._posix.name,
                "queue": self._queue,
                "terminal": self._terminal,
                **self._services,
            }
        )

    def damage(self) -> list[str]:
        """Return what has happened to the machine since the last time, and repair it."""
        found, self._events = self._events, []
        if self._victim.poll() is not None:
            found.append(f"the victim ended with {self._victim.returncode}")
            self._victim, self._victim_facts = self._start_victim()
        if self._look() != self._looks:
            found.append("the home directory has changed")
            self._furnish()
        if self._harness.read_bytes() != self._program:
            found.append("the harness has changed")
            self._harness.write_bytes(self._program)
        left = self._living() - self._processes - {self._victim.pid}
        for process in left:
            found.append(f"process {process} is still there")
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        return found

    def close(self) -> None:
        """Take everything away again."""
        self._victim.kill()
        self._victim.wait()
        _libc.shmctl(self._shared, 0, None)
        self._posix.unlink(missing_ok=True)
        shutil.rmtree(self.base, ignore_errors=True)

    def _signaled(self, number: int, frame: FrameType | None) -> None:
        self._events.append(f"the runner was sent {signal.Signals(number).name}")

    def _furnish(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        for name, text in (("secret", SECRET), ("canary", "untouched")):
            path = self.home / name
            path.write_text(text)
            path.chmod(0o600)
            with contextlib.suppress(OSError):
                os.setxattr(path, "user.note", SECRET.encode())
        self._looks = self._look()

    def _look(self) -> list[tuple[object, ...]]:
        seen: list[tuple[object, ...]] = []
        for path in sorted(self.home.iterdir()):
            status = path.stat()
            names: list[str] = []
            with contextlib.suppress(OSError):
                names = os.listxattr(path)
            seen.append((path.name, path.read_bytes(), status.st_mode, status.st_mtime_ns, names))
        return seen

    def _living(self) -> set[int]:
        living = set()
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                # A zombie is dead; its parent, the first process here, need not hurry.
                if (path / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    living.add(int(path.name))
        return living

    def _serve(self) -> dict[str, Any]:
        abstract = self._name
        unix = {name: str(self.meeting / name) for name in ("unix_stream", "unix_datagram")}
        tcp4 = self._listen(socket.AF_INET, ("127.0.0.1", 0))
        tcp6 = self._listen(socket.AF_INET6, ("::1", 0))
        udp = self._answer(socket.AF_INET, ("127.0.0.1", 0))
        udp6 = self._answer(socket.AF_INET6, ("::1", 0))
        self._listen(socket.AF_UNIX, unix["unix_stream"])
        self._listen(socket.AF_UNIX, "\0" + abstract)
        self._answer(socket.AF_UNIX, unix["unix_datagram"])
        for path in unix.values():
            Path(path).chmod(0o777)
        return {"tcp4": tcp4[1], "tcp6": tcp6[1], "udp": udp[1], "udp6": udp6[1],
                "abstract": abstract, **unix}  # fmt: skip

    def _listen(self, family: int, address: Any) -> Any:
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen()

        def serve() -> None:
            while True:
                client, _ = listener.accept()
                self._events.append(f"somebody called at {listener.getsockname()}")
                with contextlib.suppress(OSError):
                    client.sendall(SECRET.encode())
                client.close()

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()

    def _answer(self, family: int, address: Any) -> Any:
        service = socket.socket(family, socket.SOCK_DGRAM)
        service.bind(address)

        def serve() -> None:
            while True:
                _, sender = service.recvfrom(999)
                self._events.append(f"somebody wrote to {service.getsockname()}")
                with contextlib.suppress(OSError, TypeError):
                    service.sendto(SECRET.encode(), sender)

        threading.Thread(target=serve, daemon=True).start()
        return service.getsockname()

    def _start_victim(self) -> tuple[subprocess.Popen[str], tuple[int, int]]:
        victim = subprocess.Popen(
            [sys.executable, "-c", _VICTIM, SECRET, str(self.home / "secret"), "VICTIM"],
            stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert victim.stdout is not None
        address, descriptor = victim.stdout.readline().split()
        return victim, (int(address), int(descriptor))

    def _share_memory(self) -> int:
        number = int(_libc.shmget(0, 4096, 0o1666))
        address = _libc.shmat(number, None, 0)
        ctypes.memmove(address, SECRET.encode(), len(SECRET))
        return number

    def _open_queue(self) -> str:
        name = f"/{self._name}"
        with contextlib.suppress(OSError):
            ctypes.CDLL("librt.so.1").mq_open(name.encode(), os.O_RDWR | os.O_CREAT, 0o666, None)
        return name

    def _remember_key(self) -> None:
        add, control = (248, 250) if os.uname().machine == "x86_64" else (217, 219)
        _libc.syscall(control, 1, None)  # a session keyring of our own
        _libc.syscall(add, b"user", b"coterie", SECRET.encode(), len(SECRET), -3)

    def _take_terminal(self) -> str:
        with contextlib.suppress(OSError):
            os.setsid()
        self._master, slave = pty.openpty()
        with contextlib.suppress(OSError):
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        return os.ttyname(slave)


def raise_loopback() -> None:
    """Switch on the loopback interface of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh", b"lo", 1)
        fcntl.ioctl(any_socket, 0x8914, up)
