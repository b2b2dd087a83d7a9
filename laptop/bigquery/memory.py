"""What a long-lived server keeps of the rows that DuckDB hands out, and how its heap gives back.

DuckDB reserves every column of a result for a million rows. Kept as it is, or taken from the heap
instead of from pages of its own, a small result costs megabytes.
"""

from __future__ import annotations

import ctypes

import pyarrow as pa

# Names and values of mallopt(3) in glibc.
_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8
_OWN_PAGES_FROM = 2**18
_TRIM_FROM = 16 * 2**20
_ARENAS = 2


def bound_heap() -> None:
    """Large blocks get pages of their own, which are given back; few arenas share the others.

    Without glibc nothing is changed: other allocators do so by themselves.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(_MMAP_THRESHOLD, _OWN_PAGES_FROM)
    mallopt(_TRIM_THRESHOLD, _TRIM_FROM)
    mallopt(_ARENA_MAX, _ARENAS)


def trim_heap() -> None:
    """Gives free pages inside the heap back."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        return


def compact(rows: pa.Table) -> pa.Table:
    """The same rows in as many bytes as they need."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    with pa.ipc.open_stream(sink.getvalue()) as stream:
        return stream.read_all()
