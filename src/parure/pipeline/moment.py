"""What time it is in a shop that lives on old data: its last moment, and what has passed since it was published."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from parure.core.clock import to_us
from parure.pipeline.bundle import BUNDLES, PUBLISHED, bundle_path, read_manifest, versions
from parure.pipeline.settings import ShopSettings


def data_offset_us(shop: Path, settings: ShopSettings, version: str | None = None) -> int:
    """What is added to the time of day to have the time of the data, in microseconds.

    Args:
        shop: The project directory.
        settings: Its settings; 0 unless ``clock`` in ``[serving]`` is ``data``.
        version: By the data of which bundle; the one that is served where None, and 0 where there is none.
    """
    if settings.serving.clock != "data" or not versions(shop):
        return 0
    path = bundle_path(shop, version)
    published_us = _published_us(shop, path.name)
    return 0 if published_us is None else int(read_manifest(path)["as_of_us"]) - published_us


def _published_us(shop: Path, version: str) -> int | None:
    """When a version was published last; None where the log does not say."""
    found = None
    for line in (shop / BUNDLES / PUBLISHED).read_text(encoding="utf-8").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # cut short by a crash
        if told.get("version") == version:
            found = told["published_at"]
    return to_us(datetime.fromisoformat(found)) if found else None
