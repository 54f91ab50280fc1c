"""Path-keyed streams of chance (spec 7.1): each entity draws from a stream of its own.

In: a seed and a path such as `card/PC-5001/lines`. Out: integers, picks, weighted picks. Refuses to
know: library distributions, whose algorithm could change, and what the numbers are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")

BLOCK_BITS = 64
"""One draw: the first eight bytes of a digest."""


class Stream:
    """Numbers that depend on the seed, the path and the count of draws, and on nothing else."""

    def __init__(self, seed: int, path: str) -> None:
        self._name = f"{seed}/{path}"
        self._drawn = 0

    def below(self, bound: int) -> int:
        """Return an integer in [0, bound); raises ValueError for a bound below one."""
        if bound < 1:
            raise ValueError("a stream draws below a positive bound")
        limit = (1 << BLOCK_BITS) - (1 << BLOCK_BITS) % bound
        while True:
            value = self._block()
            if value < limit:
                return value % bound

    def between(self, low: int, high: int) -> int:
        """Return an integer in [low, high]."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """Return True `per_mille` times out of a thousand."""
        return self.below(1000) < per_mille

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[T, int]]) -> T:
        """Return one of the options by its weight: inverse distribution on integers."""
        left = self.below(sum(weight for _, weight in options))
        for option, weight in options:
            if left < weight:
                return option
            left -= weight
        raise AssertionError("the weights were summed above")

    def _block(self) -> int:
        digest = sha256(f"{self._name}#{self._drawn}".encode()).digest()
        self._drawn += 1
        return int.from_bytes(digest[: BLOCK_BITS // 8], "big")


def choose(seed: int, path: str, options: Sequence[str]) -> str:
    """Return one option by highest digest: a new option moves only those that choose it."""
    return max(options, key=lambda option: sha256(f"{seed}/{path}/{option}".encode()).digest())


def choose_some(seed: int, path: str, options: Sequence[str], count: int) -> list[str]:
    """Return `count` different options, chosen like `choose`, sorted."""
    ranked = sorted(options, key=lambda option: sha256(f"{seed}/{path}/{option}".encode()).digest())
    return sorted(ranked[:count])
