"""Settings of the operational store."""

from __future__ import annotations

from pydantic import Field

from parure.core.config import Config


class StoreConfig(Config):
    """How much the store lets wait, and how much it commits at once. Every process has a queue of its own."""

    queue_events: int = Field(20_000, ge=1)
    """Events that may wait for their commit before more are refused; bounds memory and how long anybody waits."""
    commit_events: int = Field(5_000, ge=1)
    """Events of one commit; what waits beyond them goes into the next."""
    busy_s: float = Field(5.0, ge=0)
    """Seconds to wait for a program other than parure that holds the database's lock."""
    cache_mb: int = Field(64, ge=1)
    """Megabytes of the database that a process keeps in memory for writing."""
    checkpoint_mb: int = Field(32, ge=1)
    """Megabytes of changes that are gathered before they are worked into the database: more is faster on the whole,
    with longer pauses in which commits wait."""
    pause_events: int = Field(50_000, ge=1)
    """Events that are gathered before they are sorted by user as soon as no more come in for a moment."""
    sort_events: int = Field(500_000, ge=1)
    """Events after which they are sorted by user though more wait, for a second or so. Those that are not sorted cost
    about 100 bytes of memory each in every process that reads."""
