"""The first answers of a new installation, given to nobody: what is compiled at its first call is compiled then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parure.core.progress import Progress
from parure.pipeline.answer import Answers

_BUSIEST = 20
"""Customers of whom one is asked about."""
_ON_PAGE = 2
"""Items on the page of the surfaces that go by one."""


def warm_up(answers: Answers, progress: Progress) -> None:
    """Answer the busiest customer and a stranger once by every recipe of the bundle.

    Machine code is kept on disk: the first time takes up to half a minute, later ones a second.

    Args:
        answers: The bundle.
        progress: Where to report to.
    """
    dataset, parts = answers.bundle.dataset, answers.bundle.parts
    if not len(dataset.items):
        return
    busiest = np.argsort(-np.diff(dataset.user_offsets), kind="stable")[:_BUSIEST]
    customers = [answers.query(user_id) for user_id in dataset.users.ids_of(busiest)] or [answers.query("")]
    with progress.step("answer once; the first time compiles", total=len(parts)) as bar:
        for part in parts:
            recommender = answers.recommender(part)
            # Of somebody without consent nothing is looked at, and little would be compiled.
            seen = (each for each in customers if len(recommender.shopper(each).query.history))
            known = next(seen, customers[0])
            page = tuple(known.history.item_ids[-_ON_PAGE:]) or tuple(dataset.items.ids_of([0]))
            asked = replace(known, surface=part.recipe.surface or known.surface, items=page, k=part.recipe.k)
            stranger = replace(asked, user_id=None, history=known.history.empty(dataset.items))
            # Queries that come together go another way than one that comes alone.
            for queries in ([asked, stranger], [asked], [stranger]):
                answers.answers(queries, part)
            bar.advance()
