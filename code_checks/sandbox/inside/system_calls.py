"""Which system calls the contained code may not make, as data.

Namespaces and Landlock leave open what belongs to the kernel as a whole: keyrings, the clock,
sockets to a hypervisor, tracing within one user, and the parts of the kernel in which most flaws
have been found. Numbers are (x86-64, arm64); None where an architecture lacks the call.
"""

from __future__ import annotations

from typing import NamedTuple

EPERM, ENOSYS, ENOTSUP = 1, 38, 95

FIRST_UNKNOWN = 463
"""Calls from this number on are younger than this table: the kernel pretends not to have them."""

_NEW_NAMESPACES = 0x7E020000
"""The flags of clone(2) that make namespaces, all but time, which clone(2) cannot make."""
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # type on, or paste into, the terminal of the editor
_SET_FILE_FLAGS, _SET_PROJECT = 0x40086602, 0x401C5820
_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX = 8, 10, 15  # a file that signals another process
_UNIX, _IPV4, _IPV6 = 1, 2, 10
_STREAM = 1


class Rule(NamedTuple):
    """One system call that fails, always or with some values of one argument."""

    x86_64: int | None
    """The call's number there, None where it does not exist."""
    arm64: int | None
    """The same."""
    error: int = EPERM
    """What the call fails with."""
    argument: int | None = None
    """The index of the argument that decides; None: the call always fails."""
    mask: int = 0xFFFFFFFF
    """What of the argument is looked at, in its lower 32 bits: these are flags and small numbers,
    of which the kernel itself reads no more."""
    values: tuple[int, ...] = ()
    """The masked values with which the call fails."""
    unless: bool = False
    """Whether it fails with all other values instead."""


_KERNEL = (
    Rule(272, 97),  # unshare
    Rule(308, 268),  # setns
    Rule(56, 220, argument=0, mask=_NEW_NAMESPACES, values=(0,), unless=True),  # clone
    Rule(435, 435, ENOSYS),  # clone3 has its flags in memory; the C library falls back to clone
    Rule(165, 40), Rule(166, 39), Rule(155, 41), Rule(161, 51),  # mount umount2 pivot_root chroot
    Rule(428, 428), Rule(429, 429), Rule(430, 430), Rule(431, 431),  # open_tree … fsconfig
    Rule(432, 432), Rule(433, 433), Rule(442, 442),  # fsmount fspick mount_setattr
    Rule(457, 457), Rule(458, 458),  # statmount listmount
    Rule(101, 117), Rule(310, 270), Rule(311, 271),  # ptrace process_vm_readv process_vm_writev
    Rule(438, 438), Rule(312, 272), Rule(440, 440),  # pidfd_getfd kcmp process_madvise
    Rule(279, 239), Rule(256, 238),  # move_pages migrate_pages
    Rule(321, 280), Rule(298, 241), Rule(323, 282),  # bpf perf_event_open userfaultfd
    Rule(425, 425), Rule(426, 426), Rule(427, 427),  # io_uring
    Rule(248, 217), Rule(249, 218), Rule(250, 219),  # add_key request_key keyctl
    Rule(175, 105), Rule(313, 273), Rule(176, 106),  # kernel modules
    Rule(246, 104), Rule(320, 294), Rule(169, 142),  # kexec and reboot
    Rule(167, 224), Rule(168, 225), Rule(163, 89), Rule(103, 116),  # swap acct syslog
    Rule(179, 60), Rule(443, 443), Rule(212, 18), Rule(180, 42),  # quotas lookup_dcookie nfsservctl
    Rule(172, None), Rule(173, None), Rule(154, None), Rule(134, None),  # iopl ioperm modify_ldt
    Rule(170, 161), Rule(171, 162), Rule(153, 58),  # host name, domain name, vhangup
    Rule(164, 170), Rule(227, 112), Rule(305, 266), Rule(159, 171),  # setting the clock
    Rule(304, 265), Rule(303, 264), Rule(300, 262), Rule(301, 263),  # file handles, fanotify
    Rule(29, 194), Rule(30, 196), Rule(31, 195),  # shared memory is memory that nobody counts
    Rule(64, 190), Rule(65, 193), Rule(66, 191), Rule(220, 192),  # semaphores
    Rule(68, 186), Rule(69, 189), Rule(70, 188), Rule(71, 187),  # message queues
    Rule(240, 180), Rule(241, 181),  # mq_open mq_unlink
    Rule(319, 279), Rule(447, 447),  # memfd_create memfd_secret: nobody counts them, either
    Rule(16, 29, argument=1, values=(_TIOCSTI, _TIOCLINUX)),  # ioctl
)  # fmt: skip

_LOCAL_SOCKETS = (
    Rule(41, 198, argument=0, values=(_UNIX, _IPV4, _IPV6), unless=True),  # socket
    Rule(53, 199, argument=0, values=(_UNIX,), unless=True),  # socketpair
)  # fmt: skip

_SHARED_MACHINE = (
    # No socket but a connected pair: Landlock does not see addresses that are files, nor UDP.
    Rule(41, 198),  # socket
    Rule(53, 199, argument=0, values=(_UNIX,), unless=True),  # socketpair
    Rule(53, 199, argument=1, mask=0xF, values=(_STREAM,), unless=True),
    Rule(42, 203), Rule(49, 200),  # connect bind
    # Landlock guards what is in a file, not its mode, owner, times and attributes.
    Rule(90, None), Rule(91, 52), Rule(268, 53), Rule(452, 452),  # chmod and its kin
    Rule(92, None), Rule(93, 55), Rule(94, None), Rule(260, 54),  # chown
    Rule(132, None), Rule(235, None), Rule(261, None), Rule(280, 88),  # utime
    Rule(188, 5, ENOTSUP), Rule(189, 6, ENOTSUP), Rule(190, 7, ENOTSUP),  # setxattr
    Rule(197, 14, ENOTSUP), Rule(198, 15, ENOTSUP), Rule(199, 16, ENOTSUP),  # removexattr
    Rule(191, 8, ENOTSUP), Rule(192, 9, ENOTSUP), Rule(193, 10, ENOTSUP),  # getxattr
    Rule(194, 11, ENOTSUP), Rule(195, 12, ENOTSUP), Rule(196, 13, ENOTSUP),  # listxattr
    Rule(16, 29, argument=1, values=(_SET_FILE_FLAGS, _SET_PROJECT)),  # ioctl
    Rule(253, None), Rule(294, 26),  # inotify
    # Limits and priorities of the user's other processes.
    Rule(302, 261, argument=0, values=(0,), unless=True),  # prlimit64
    Rule(203, 122, argument=0, values=(0,), unless=True),  # sched_setaffinity
    Rule(144, 119), Rule(142, 118), Rule(314, 274),  # sched_setscheduler, -param, -attr
    Rule(141, 140), Rule(251, 30),  # setpriority ioprio_set
)  # fmt: skip

BESIDE_NAMESPACES = (*_KERNEL, *_LOCAL_SOCKETS)
"""What is denied where namespaces hide the machine."""

BESIDE_LANDLOCK = (*_KERNEL, *_SHARED_MACHINE)
"""What is denied where the code sees the machine's own processes and files."""

SIGNALS = (
    Rule(62, 129), Rule(200, 130), Rule(234, 131),  # kill tkill tgkill
    Rule(129, 138), Rule(297, 240), Rule(424, 424),  # sigqueue, pidfd_send_signal
    Rule(72, 25, argument=1, values=(_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX)),  # fcntl
)  # fmt: skip
"""What is denied where the kernel cannot confine signals otherwise."""
