"""Test that threads allocate from one heap."""

import platform
import subprocess
import sys
import textwrap

import pytest

SCRIPT = """
import re, sys, threading
from coder_portal.heap import share_heap
if "share" in sys.argv:
    assert share_heap()
ready = threading.Barrier(9)
def fill():
    blocks = [bytes(100_000) for _ in range(50)]  # more than Python's own allocator serves
    ready.wait()
    ready.wait()
for _ in range(8):
    threading.Thread(target=fill).start()
ready.wait()
starts = [int(line.split("-")[0], 16) for line in open("/proc/self/maps") if re.search(r" 0 *$", line)]
print(sum(start % (64 << 20) == 0 for start in starts))  # where glibc's further heaps begin
ready.wait()
"""


def count_further_heaps(*arguments: str) -> int:
    """Return how many heaps eight threads have besides the first one, in a process of their own."""
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), *arguments]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has several heaps")
def test_threads_share_one_heap() -> None:
    assert count_further_heaps() >= 4
    assert count_further_heaps("share") == 0
