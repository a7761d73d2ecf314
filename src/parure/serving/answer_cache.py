"""Answers that hold for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

_MOST_BYTES: Final = 64 << 20
_LONGEST: Final = 64 << 10
"""Answers of more bytes than this are made anew: few ask for as much, and none for the same."""


class AnswerCache:
    """Answers that hold for a while, the least recently used ones forgotten first, in 64 MB at most.

    Only who has done nothing since training is answered from it, and it is cleared once any product, merge or consent
    changes. What it may get wrong is time itself, by ``ttl_s``.

    Args:
        entries: How many are kept; 0 for none.
        ttl_s: For how many seconds each holds; 0 for not at all.
    """

    def __init__(self, entries: int, ttl_s: float) -> None:
        self._entries = entries if ttl_s > 0 else 0
        self._ttl_s = ttl_s
        self._kept: OrderedDict[Hashable, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self.hits = self.misses = 0

    def get(self, key: Hashable) -> bytes | None:
        """The answer kept under a key; None where there is none, or it is too old."""
        found = self._kept.get(key)
        if found is None or found[0] < time.monotonic():
            self.misses += 1
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return found[1]

    def put(self, key: Hashable, answer: bytes) -> None:
        """Keep an answer, in place of what was kept under its key."""
        if not self._entries or len(answer) > _LONGEST:
            return
        _, before = self._kept.pop(key, (0.0, b""))
        self._kept[key] = time.monotonic() + self._ttl_s, answer
        self._bytes += len(answer) - len(before)
        while len(self._kept) > self._entries or self._bytes > _MOST_BYTES:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= len(gone)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)
