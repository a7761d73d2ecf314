"""What a customer would be recommended had they left one product alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from parure.core import UNKNOWN, Query
from parure.core.errors import UnknownIdError
from parure.core.recommendation import Answer
from parure.pipeline.part import Part
from parure.serving import models_console as m
from parure.serving.worker import Worker

_ASKED: Final = "without"
"""Name of both requests: what rules draw by chance is the same in the two lists."""


def told_without(
    worker: Worker, user_id: str, item_id: str, n: int, surface: str | None, model: str | None, language: str
) -> m.Without:
    """What is recommended now, and what would be without one product in the history.

    What was learned of all customers together stays as it is: nothing is trained anew.

    Raises:
        UnknownIdError: The customer did nothing with the product, or nobody has heard of either.
        SettingsError: There is no such model, or nothing answers for the surface.
    """
    answers = worker.answers
    part = answers.part(surface, model)
    query = worker.query(user_id, n, part, surface=surface, language=language, request_id=_ASKED)
    # Of who did not agree nothing counts, with the product or without; but they did what they did.
    query = replace(query, history=worker.past(user_id))
    row = answers.dataset.items.row_of(item_id)
    others = query.history.rows_in(answers.dataset.items) != row
    if row == UNKNOWN or others.all():
        raise UnknownIdError(
            f"The customer {user_id!r} did nothing with the item {item_id!r}, as far as the bundle knows.",
            hint="GET /api/v1/users/{user_id}/profile lists what they did.",
        )
    return _compared(worker, query, replace(query, history=query.history.take(others)), part, (user_id, item_id))


def _compared(worker: Worker, query: Query, without: Query, part: Part, asked: tuple[str, str]) -> m.Without:
    answers, (user_id, item_id) = worker.answers, asked
    before, after = answers.answers([query, without], part)
    ids = [[item.item_id for item in answer.items] for answer in (before, after)]
    return m.Without(
        user_id=user_id,
        item_id=item_id,
        title=answers.dataset.item_table.column("title")[answers.dataset.items.row_of(item_id)].as_py(),
        events_left_out=len(query.history) - len(without.history),
        model=part.recipe.name,
        surface=before.surface,
        bundle_version=answers.version,
        with_item=_listed(before),
        without_item=_listed(after),
        entered=[each for each in ids[1] if each not in ids[0]],
        left=[each for each in ids[0] if each not in ids[1]],
    )


def _listed(answer: Answer) -> list[m.RankedItem]:
    return [
        m.RankedItem(
            item_id=item.item_id,
            title=item.title,
            category=item.category,
            relevance_score=item.relevance,
            recommendation_reason=item.reason,
        )
        for item in answer.items
    ]
