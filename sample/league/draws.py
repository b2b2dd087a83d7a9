"""Counter-based random integers: every value is a pure function of a stream name and its keys.

Only 64-bit integer arithmetic (splitmix64 finaliser, Steele et al. 2014) is used, so the values are
the same on every machine and with every version of Python and NumPy, and adding a season never
changes the rows of another one.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)


def draw(stream: str, *keys: ArrayLike, below: int) -> Ints:
    """Uniform integers 0…below-1, one per broadcast combination of the keys."""
    return np.asarray(_bits(stream, *keys) % np.uint64(below), dtype=np.int64)


def noise(stream: str, *keys: ArrayLike, spread: int) -> Ints:
    """Bell-shaped integers -spread…spread around 0: the mean of four uniform draws."""
    parts = [draw(f"{stream}/{part}", *keys, below=2 * spread + 1) for part in range(4)]
    return np.asarray((sum(parts) + 2) // 4 - spread, dtype=np.int64)


def order(stream: str, *keys: ArrayLike) -> Ints:
    """A random permutation of the positions of the keys."""
    return np.argsort(_bits(stream, *keys), kind="stable")


def _bits(stream: str, *keys: ArrayLike) -> NDArray[np.uint64]:
    state = np.array([_seed(stream)], dtype=np.uint64)
    for key in keys:
        state = _mix(state ^ (np.asarray(key, dtype=np.int64).astype(np.uint64) * _STEP))
    return state


@cache
def _seed(stream: str) -> int:
    return int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "big")


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + _STEP
    state = (state ^ (state >> np.uint64(30))) * _MIX_A
    state = (state ^ (state >> np.uint64(27))) * _MIX_B
    return state ^ (state >> np.uint64(31))
