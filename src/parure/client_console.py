"""The part of the client that the console's routes are for: what an operator looks at, and what they may change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from parure.client_answers import made
from parure.client_console_answers import (
    Bundles,
    Catalogue,
    NamedBundle,
    Overview,
    PreviewJob,
    PublishedRules,
    Rules,
    Searches,
    TasteMap,
    Without,
)


class ConsoleRoutes(ABC):
    """The console's routes: all need the role ``admin``, and raise ``ApiError`` where they are refused."""

    @abstractmethod
    def _json(self, method: str, path: str, *, body: Any = None, **query: Any) -> Any:
        """What a route answers."""

    def bundles(self) -> Bundles:
        """The bundles of the shop, with their figures side by side."""
        return made(Bundles, self._json("GET", "/bundles"))

    def publish_bundle(self, version: str) -> NamedBundle:
        """Serve a bundle of the shop from now on."""
        return made(NamedBundle, self._json("POST", f"/bundles/{quote(version, safe='')}/publish"))

    def roll_back_bundle(self) -> NamedBundle:
        """Serve the bundle that was published before the one that is named."""
        return made(NamedBundle, self._json("POST", "/bundles/rollback"))

    def overview(self, *, minutes: int = 60, days: int = 7) -> Overview:
        """What an operator looks at first: events a minute, what became of recommendations, and how the server does."""
        return made(Overview, self._json("GET", "/overview", minutes=minutes, days=days))

    def quality(self) -> dict[str, Any]:
        """The data quality report of the last ingest."""
        return dict(self._json("GET", "/quality"))

    def without(
        self,
        user_id: str,
        item_id: str,
        *,
        n: int = 10,
        surface: str | None = None,
        model: str | None = None,
        language: str = "en",
    ) -> Without:
        """What a customer would be recommended had they left one product alone."""
        asked = {"item_id": item_id, "n": n, "surface": surface, "model": model, "language": language}
        return made(Without, self._json("GET", f"/users/{quote(user_id, safe='')}/without", **asked))

    def rules(self) -> Rules:
        """The rules of every recipe of the bundle, and all the kinds that there are."""
        return made(Rules, self._json("GET", "/rules"))

    def preview_rules(
        self, recipe: str, rules: Sequence[Mapping[str, Any]], *, weeks: int = 1, most: int = 1000
    ) -> PreviewJob:
        """Begin to find out what other rules would do; each has its ``kind``, and its parameters beside it."""
        body = {"recipe": recipe, "rules": [dict(rule) for rule in rules], "weeks": weeks, "most": most}
        return made(PreviewJob, self._json("POST", "/rules/preview", body=body))

    def rules_preview(self, job_id: str) -> PreviewJob:
        """How far a preview is, or what came out."""
        return made(PreviewJob, self._json("GET", f"/rules/preview/{quote(job_id, safe='')}"))

    def publish_rules(self, recipe: str, rules: Sequence[Mapping[str, Any]]) -> PublishedRules:
        """Serve other rules for a recipe from now on, and keep them for the next training."""
        body = {"recipe": recipe, "rules": [dict(rule) for rule in rules]}
        return made(PublishedRules, self._json("POST", "/rules/publish", body=body))

    def catalogue(self, *, surface: str | None = None) -> Catalogue:
        """How the catalogue shares in what is sold, recommended and shown."""
        return made(Catalogue, self._json("GET", "/catalogue", surface=surface))

    def searches(self, *, days: int = 7, n: int = 50) -> Searches:
        """What was searched for, and what found nothing."""
        return made(Searches, self._json("GET", "/searches", days=days, n=n))

    def taste_map(self) -> TasteMap:
        """The map of taste, to be drawn."""
        return made(TasteMap, self._json("GET", "/map"))
