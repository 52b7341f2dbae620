"""Returns the freed memory of this process to the operating system."""

import ctypes

import pyarrow as pa


def release_memory() -> None:
    """Return freed memory to the operating system, which Arrow and the C library otherwise keep.

    The C library keeps what numpy and pandas have freed; only glibc has a function to return it.
    """
    pa.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
