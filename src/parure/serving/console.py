"""The routes that the console is made of: what an operator looks at, and what they may change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from parure.core.errors import InputError
from parure.pipeline.jobs import Jobs
from parure.serving import models_console as m
from parure.serving import models_rules as r
from parure.serving.metrics import Metrics
from parure.serving.models import Id, Problem
from parure.serving.once import made_once
from parure.serving.overview import told_overview
from parure.serving.quality_report import quality_report
from parure.serving.searches import told_searches
from parure.serving.told_bundles import name_bundle, told_bundles
from parure.serving.told_catalogue import told_catalogue
from parure.serving.told_rules import publish_rules, start_preview, told_preview, told_rules
from parure.serving.what_if import told_without
from parure.serving.worker import Worker

_CONFLICT: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": Problem, "description": "It cannot be as things are; the message says why."}
}

_PATIENCE_S: Final = 5.0
"""So long a request waits for what is made once; after that, it is to come again."""


def console_router(worker: Worker, metrics: Metrics, jobs: Jobs) -> APIRouter:
    """All of them, over one worker, its metrics and the work that it has others do."""
    routes = APIRouter(prefix="/api/v1", tags=["console"])
    _bundles(routes, worker)
    _overview(routes, worker, metrics)
    _data(routes, worker, jobs)
    _people(routes, worker)
    _rules(routes, worker, jobs)
    return routes


def _bundles(routes: APIRouter, worker: Worker) -> None:
    @routes.get("/bundles")
    async def bundles() -> m.Bundles:
        """The bundles of the shop, with their figures side by side."""
        return await run_in_threadpool(told_bundles, worker)

    @routes.post("/bundles/{version}/publish", responses=_CONFLICT)
    async def publish_bundle(version: str) -> m.NamedBundle:
        """Serve a bundle of the shop from now on."""
        return await run_in_threadpool(name_bundle, worker.shop, version)

    @routes.post("/bundles/rollback", responses=_CONFLICT)
    async def roll_back_bundle() -> m.NamedBundle:
        """Serve the bundle that was published before the one that is named."""
        return await run_in_threadpool(name_bundle, worker.shop, None)


def _overview(routes: APIRouter, worker: Worker, metrics: Metrics) -> None:
    @routes.get("/overview")
    async def overview(
        minutes: Annotated[int, Query(ge=1, le=1440, description="So many minutes of events.")] = 60,
        days: Annotated[int, Query(ge=1, le=90, description="So many days of clicks, carts and purchases.")] = 7,
    ) -> m.Overview:
        """What an operator looks at first."""
        return await run_in_threadpool(told_overview, worker, metrics, minutes, days)


def _data(routes: APIRouter, worker: Worker, jobs: Jobs) -> None:
    @routes.get("/quality")
    async def quality() -> dict[str, Any]:
        """The data quality report of the last ingest."""
        return await run_in_threadpool(quality_report, worker.shop)

    @routes.get("/catalogue")
    async def catalogue(
        surface: Annotated[str | None, Query(max_length=100, description="Whose recommendations.")] = None,
    ) -> m.Catalogue:
        """How the catalogue shares in what is sold, recommended and shown."""
        served = worker.served
        place = served.answers.part(surface).recipe.place if surface else "main"
        version = served.answers.version
        asked = {"version": version, "surface": surface or None}
        reached = await made_once(
            jobs, f"catalogue-{version}-{place}", asked, what="The catalogue's share", wait_s=_PATIENCE_S, keep=20
        )
        return await run_in_threadpool(told_catalogue, served, worker.store, reached)

    @routes.get("/map", response_model=m.TasteMap)
    async def taste_map() -> Response:
        """The map of taste, to be drawn."""
        answers = worker.answers
        if answers.bundle.dataset.item_vectors is None:
            raise InputError("The bundle has no vectors of pictures.", hint="Run: parure encode, then parure train")
        version = answers.version
        what = "The map of taste"
        drawn = await made_once(jobs, f"map-{version}", {"version": version}, what=what, wait_s=0, keep=5)
        # It is long: put into words beside the requests.
        return Response(await run_in_threadpool(_as_map, version, drawn), media_type="application/json")

    @routes.get("/searches")
    async def searches(
        days: Annotated[int, Query(ge=1, le=90, description="So many days, with the one that is running.")] = 7,
        n: Annotated[int, Query(ge=1, le=500, description="How many of each list.")] = 50,
    ) -> m.Searches:
        """What was searched for, and what found nothing."""
        counting = worker.settings.serving.count_searches
        return await run_in_threadpool(partial(told_searches, worker.store, days, n, counting=counting))


def _as_map(version: str, drawn: Mapping[str, Any]) -> bytes:
    told = m.TasteMap.model_validate({**drawn, "bundle_version": version})
    return told.model_dump_json().encode()


def _people(routes: APIRouter, worker: Worker) -> None:
    @routes.get("/users/{user_id:path}/without")
    async def without(
        user_id: Id,
        item_id: Annotated[Id, Query(description="The product to be left out.")],
        n: Annotated[int, Query(ge=1, le=100, description="How many of each list.")] = 10,
        surface: Annotated[str | None, Query(max_length=100)] = None,
        model: Annotated[str | None, Query(max_length=100)] = None,
        language: Annotated[str, Query(pattern="^[a-z]{2}$")] = "en",
    ) -> m.Without:
        """What a customer would be recommended had they left one product alone."""
        worker.refresh()
        return told_without(worker, user_id, item_id, n, surface, model, language)


def _rules(routes: APIRouter, worker: Worker, jobs: Jobs) -> None:
    @routes.get("/rules")
    async def rules() -> r.Rules:
        """The rules of every recipe of the bundle, and all the kinds that there are."""
        return await run_in_threadpool(told_rules, worker)

    @routes.post("/rules/preview", status_code=202, responses=_CONFLICT)
    async def preview_rules(given: r.PreviewGiven) -> r.PreviewJob:
        """Begin to find out what other rules would do to a recipe, on past weeks."""
        return await run_in_threadpool(start_preview, worker, jobs, given)

    @routes.get("/rules/preview/{job_id}")
    async def rules_preview(job_id: Annotated[str, Path(max_length=100)]) -> r.PreviewJob:
        """How far a preview is, or what came out."""
        return await run_in_threadpool(told_preview, jobs, job_id)

    @routes.post("/rules/publish", responses=_CONFLICT)
    async def publish_changed_rules(given: r.RulesGiven) -> r.PublishedRules:
        """Serve other rules for a recipe from now on, and keep them for the next training."""
        return await run_in_threadpool(publish_rules, worker, given)
