"""Makes a system call in another architecture's numbering, which a filter could misread.

depends: a kernel that runs 32-bit programs
"""

import ctypes
import mmap
import os
import platform

from tests.code_checks.sandbox.attacks.evil import escaped

GET_PROCESS_32 = bytes.fromhex("b814000000cd80c3")  # mov eax, 20; int 0x80; ret
if platform.machine() == "x86_64":
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(GET_PROCESS_32)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if ctypes.CFUNCTYPE(ctypes.c_int)(address)() == os.getpid():
        escaped("32-bit calls work")
