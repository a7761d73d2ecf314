"""What rules may do to a slate, and what they have done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.intp]
"""Places of candidates in the columns of a slate."""


class Effect(StrEnum):
    """What a rule may do to a slate."""

    REMOVES = "removes"
    REWEIGHS = "reweighs"
    ARRANGES = "arranges"


@dataclass(frozen=True, slots=True)
class Removed:
    """Items that a rule held back.

    Attributes:
        rule: Name of the rule.
        reason: Stable reason code.
        item_ix: int32[n], rows of the catalogue.
    """

    rule: str
    reason: str
    item_ix: NDArray[np.int32]


@dataclass(slots=True)
class Step:
    """What one rule did to a slate.

    Attributes:
        rule: Name of the rule.
        reason: Stable reason code.
        effect: What kind of thing it did.
        where: bool[n], the candidates it did it to.
        factor: float32[n], what it multiplied scores by, for a rule that reweighs.
        order: The order it left, for a rule that arranges.
    """

    rule: str
    reason: str
    effect: Effect
    where: NDArray[np.bool_]
    factor: NDArray[np.float32] | None = None
    order: Positions | None = None
