"""A search over settings of boosted trees, within a time budget, that goes on where it was left."""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from parure.core.clock import rng_for
from parure.core.progress import Progress
from parure.pipeline.learning import learned_from
from parure.pipeline.recipe import RankerSpec, Recipe
from parure.ranking import Examples, LambdaMartConfig
from parure.ranking.average_precision import AveragePrecision


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        trials: Settings tried in all, those of earlier runs included.
        best: The best ones.
        value: Their MAP@12 in the week that the search was judged on.
        first: That of the defaults, which are tried first.
        seconds: What this run took.
    """

    trials: int
    best: dict[str, Any]
    value: float
    first: float
    seconds: float


def searched(
    taught: Examples,
    held: Examples,
    recipe: Recipe,
    *,
    home: Path,
    data: str,
    minutes: float,
    seed: int,
    progress: Progress,
) -> Search:
    """Look for settings of the recipe's trees under which they sort a held-out week best.

    Settings are proposed by a tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter
    Optimization, NIPS 2011; Optuna). Every trial is on disk once it is over; the same data, candidates and weeks go on
    from there.

    Args:
        taught: What the trees learn from.
        held: What they are judged by.
        recipe: The recipe; parameters of its trees that are not searched for stay as they are.
        home: Folder of the searches.
        data: Fingerprint of the data.
        minutes: How long to search; a trial that was begun is ended. The defaults are tried however short it is.
        seed: What is proposed follows from it.
        progress: Where to report to.
    """
    precision = AveragePrecision(held)
    weeks = sorted({*taught.weeks.tolist(), *held.weeks.tolist()})
    what = f"{data} {recipe.model_dump_json(include={'sources', 'rules', 'ranker'})} {weeks} {len(taught.labels)}"
    study = _study(home, what, seed)

    def value(trial: Any) -> float:
        config = {**recipe.ranker.config, **_proposed(trial)}
        ranker = recipe.model_copy(update={"ranker": RankerSpec(kind="lambdamart", config=config)})
        fitted = learned_from(taught, ranker, seed=seed)
        return float(precision(fitted.score_many(held.slates)).mean())

    if not _ended(study):
        study.enqueue_trial(_DEFAULTS)
    start = last = time.perf_counter()
    with progress.step(f"search settings of trees for {minutes:g} minutes", total=60 * minutes) as bar:
        while not _ended(study) or last - start < 60 * minutes:
            study.optimize(value, n_trials=1)
            now = time.perf_counter()
            bar.advance(now - last)
            last = now
    done = _ended(study)
    return Search(
        len(done), _settings(study.best_trial.params), float(study.best_value), float(done[0].value), last - start
    )


def _study(home: Path, what: str, seed: int) -> Any:
    """The search over what is described by ``what``, begun now or before."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    home.mkdir(exist_ok=True)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(home / "search.log"))),
        study_name=sha256(what.encode()).hexdigest()[:16],
        direction="maximize",
        load_if_exists=True,
    )
    # A search that goes on must not propose what it began with once more.
    begun = rng_for(seed, f"search {len(study.trials)}")
    study.sampler = optuna.samplers.TPESampler(seed=int(begun.integers(2**31 - 1)), multivariate=False)
    return study


def _ended(study: Any) -> list[Any]:
    """The trials that came to an end; one that was interrupted stays on disk without a value."""
    return [trial for trial in study.trials if trial.value is not None]


_DEFAULTS: Final = LambdaMartConfig().model_dump(
    include={"objective", "trees", "leaves", "learning_rate", "min_leaf", "reg", "feature_fraction", "row_fraction"}
)
"""The settings tried first: those that trees have when nobody says anything."""


def _proposed(trial: Any) -> dict[str, Any]:
    """Settings to try."""
    return _settings(
        {
            "objective": trial.suggest_categorical("objective", ["binary", "lambdarank"]),
            "trees": trial.suggest_int("trees", 40, 400, log=True),
            "leaves": trial.suggest_int("leaves", 7, 64, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "min_leaf": trial.suggest_int("min_leaf", 20, 2000, log=True),
            "reg": trial.suggest_float("reg", 0.1, 100.0, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
            "row_fraction": trial.suggest_float("row_fraction", 0.5, 1.0),
        }
    )


def _settings(proposed: dict[str, Any]) -> dict[str, Any]:
    """Settings as a recipe holds them."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in proposed.items()}
