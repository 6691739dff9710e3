"""Make all threads allocate from one heap of the C library."""

import ctypes

M_ARENA_MAX = -8  # of glibc's malloc.h


def share_heap() -> bool:
    """Let glibc use one heap for all threads, and return whether it does; other C libraries have one anyway.

    By default each thread has a heap that keeps what its largest page took: sixteen threads that had each rendered a
    log of 1 MB held 106 MB for nothing. One heap for each thread avoids waiting for a lock, which threads of Python
    do not need: only one of them runs at a time. Call this before threads start.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(mallopt(M_ARENA_MAX, 1))
