"""Parameters of the two towers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from parure.core.config import Config

_Days = Annotated[float, Field(gt=0, le=36_500)]


class TwoTowerConfig(Config):
    """Parameters of :class:`~parure.retrieval.two_tower.TwoTower`."""

    embedding_size: int = Field(default=64, ge=2, le=1024)
    """Length of the vectors of users and items."""
    hidden: int = Field(default=128, ge=1, le=4096)
    """Width of the hidden layer of both towers."""
    epochs: int = Field(default=4, ge=1, le=1000)
    """How often the past is gone through."""
    min_steps: int = Field(default=200, ge=1, le=1_000_000)
    """Steps of training at least: a small shop goes through its past more often."""
    batch_size: int = Field(default=512, ge=1, le=1_000_000)
    """Moments of customers a step; what they took then is what the others of the step did not take."""
    learning_rate: float = Field(default=0.003, gt=0, le=1)
    """Size of the first steps (Adam); it falls to a tenth by the end."""
    temperature: float = Field(default=0.12, gt=0, le=10)
    """Cosines are divided by it in training. Small: near misses are told apart; large: popular items come first."""
    uniform_negatives: int = Field(default=2048, ge=0, le=1_000_000)
    """Items a step drawn from the whole catalogue, so that what nobody buys is learned too."""
    popularity_share: float = Field(default=1.0, ge=0, le=1)
    """How much of the items' frequency among the negatives is corrected for: 1 makes scores follow the chance of a
    purchase, 0 makes popular items pay for being popular."""
    history_length: int = Field(default=200, ge=1, le=100_000)
    """Events of a history that are read, counted back from the newest."""
    half_lives_days: tuple[_Days, ...] = Field(default=(90.0, 14.0, 0.5), min_length=1, max_length=8)
    """Half-lives of the averages of a history, in days: a long one, one of the last weeks, one of the last visit."""
    horizon_days: float = Field(default=7.0, gt=0, le=365)
    """What is taken within so many days after a moment is what its history has to foretell."""
    half_life_days: float = Field(default=120.0, gt=0, le=36_500)
    """Moments so many days ago are drawn half as often."""
    bought_weight: float = Field(default=0.1, ge=0, le=1)
    """What counts a purchase of something that the customer had bought before; other sources foretell those."""
    id_dropout: float = Field(default=0.1, ge=0, le=0.95)
    """Share of items a step that are seen without their id and sales, so that their attributes learn to stand for
    them: what makes items that nobody bought yet comparable."""
    min_count: int = Field(default=5, ge=1, le=1_000_000)
    """Items with fewer events have no embedding of their own."""
    columns: tuple[str, ...] | None = None
    """Columns of the item table that are learned from. Where None: text columns whose values repeat."""
    title_words: int = Field(default=12, ge=0, le=100)
    """Words of a title that are read; none where 0."""
    profile: tuple[str, ...] = ("gender", "age_band", "country", "income_bracket", "spending_segment")
    """What is read of the customer's attributes."""
    threshold: float | None = Field(default=None, ge=-1, le=1)
    """The lowest cosine of a candidate; with it, fewer come back where fewer are near."""
    threads: int = Field(default=1, ge=1, le=256)
    """Threads of training. Another number may change the last digits of what is learned."""
