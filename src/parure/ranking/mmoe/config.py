"""What can be set about the multi-task ranker."""

from __future__ import annotations

from pydantic import Field

from parure.core.config import Config


class Goals(Config):
    """What items are to achieve: the weight of each task's probability in the score.

    The defaults are for a shop that wants purchases. What happens often is learned better than what is rare: with
    clicks and carts in the score, more of what is bought stands in front than with purchases alone.
    """

    click: float = Field(default=0.2, ge=-1000, le=1000)
    """Worth of an item that is looked at within seven days."""
    add_to_cart: float = Field(default=0.5, ge=-1000, le=1000)
    """Worth of one that is put into the cart."""
    purchase: float = Field(default=1.0, ge=-1000, le=1000)
    """Worth of one that is bought."""
    spend: float = Field(default=0.3, ge=-1000, le=1000)
    """Worth, on top of the purchase, of one bought above the customer's own average price."""


class LossWeights(Config):
    """How much training heeds each task; the loss of each is first divided by that of always saying its mean rate."""

    click: float = Field(default=1.0, ge=0, le=1000)
    """Of looking at an item."""
    add_to_cart: float = Field(default=1.0, ge=0, le=1000)
    """Of putting it into the cart."""
    purchase: float = Field(default=1.0, ge=0, le=1000)
    """Of buying it."""
    spend: float = Field(default=1.0, ge=0, le=1000)
    """Of buying it above the customer's own average price."""


class MmoeConfig(Config):
    """Parameters of :class:`~parure.ranking.mmoe.Mmoe`."""

    goals: Goals = Goals()
    """Weights of the tasks where a request does not name its own."""
    experts: int = Field(default=4, ge=1, le=64)
    """Small nets whose answers each task mixes in its own way."""
    expert_size: int = Field(default=32, ge=1, le=1024)
    """Hidden units of an expert."""
    tower_size: int = Field(default=16, ge=1, le=1024)
    """Hidden units of the net that each task has of its own, above the experts."""
    single_task: bool = False
    """Give each task experts of its own instead of shared ones: one model a task, for comparison."""
    epochs: int = Field(default=12, ge=1, le=1000)
    """Passes over the examples; each draws other negatives. The weights after the best of them are kept."""
    batch_size: int = Field(default=256, ge=1, le=1_000_000)
    """Candidates a step."""
    learning_rate: float = Field(default=0.005, gt=0, le=1)
    """Of the first step; it falls to 0 along a cosine."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of the experts' hidden units left out in a training step."""
    l2: float = Field(default=0.01, ge=0, le=100)
    """Weight decay of AdamW, for all but biases."""
    negatives: int = Field(default=40, ge=1, le=100_000)
    """Of the candidates that nothing became of, so many a query are drawn for each pass. Each counts for as many as
    it stands for, so that probabilities stay those of the whole slate."""
    held_out: float = Field(default=0.1, ge=0, le=0.5)
    """Share of the queries that training does not see, by which the best pass is told; with 0 the last one is kept."""
    loss_weights: LossWeights = LossWeights()
    """How much training heeds each task."""
