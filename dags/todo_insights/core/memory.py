"""Returns the freed memory of this process to the operating system."""

import ctypes

import pyarrow as pa


def release_memory() -> None:
    """Return to the operating system the memory that Arrow and the C library keep after it was freed.

    The C library keeps memory that numpy and pandas have freed. Only glibc has a function (`malloc_trim`)
    that returns this memory.
    """
    pa.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
