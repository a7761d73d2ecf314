"""What the console is told of rules, and what it may make of them: a preview, or a bundle that has them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from parure.core.errors import BundleError, InputError, SettingsError, UnknownIdError, did_you_mean
from parure.pipeline.jobs import Job, Jobs
from parure.pipeline.part import Part
from parure.pipeline.recipe import RuleSpec
from parure.pipeline.rule_change import Change, misfit, publish_change, usual_config
from parure.rules import RULES, Rule
from parure.serving import models_rules as m
from parure.serving.told_bundles import ContradictionError
from parure.serving.worker import Worker, current_version

PREVIEW: Final = "preview"


class RulesError(SettingsError):
    """Rules that do not hold, with each place and what is wrong there.

    Attributes:
        details: ``where`` and ``problem`` of each.
    """

    def __init__(self, details: Sequence[dict[str, str]]) -> None:
        first = details[0]
        more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
        super().__init__(
            f"{first['where']}: {first['problem']}{more}",
            hint="GET /api/v1/rules tells which rules and parameters there are.",
        )
        self.details = [*details]


def told_rules(worker: Worker) -> m.Rules:
    """The rules of every recipe of the bundle that is served, and all kinds of rules."""
    settings, answers = worker.settings, worker.answers
    return m.Rules(
        bundle_version=answers.version,
        recipes=[_recipe(worker, part) for part in answers.bundle.parts],
        kinds=[
            m.RuleKind(
                kind=kind,
                does=_first_line(rule),
                effect=rule.effect.value,
                reasons=rule.reasons,
                config=usual_config(kind, settings).model_dump(mode="json"),
                parameters=rule.config_type.model_json_schema(),
                switched_off=kind in settings.tuning.switched_off,
            )
            for kind, rule in sorted(RULES.items())
        ],
    )


def start_preview(worker: Worker, jobs: Jobs, given: m.PreviewGiven) -> m.PreviewJob:
    """Begin to find out what rules would do; one such job runs at a time.

    Raises:
        RulesError: The rules do not hold.
        BusyError: A preview is under way.
    """
    specs = checked(worker, given)
    asked = {
        "recipe": given.recipe,
        "rules": [spec.model_dump(mode="json") for spec in specs],
        "weeks": given.weeks,
        "most": given.most,
    }
    return _job(jobs.start(f"{PREVIEW}-{token_hex(8)}", asked))


def told_preview(jobs: Jobs, name: str) -> m.PreviewJob:
    """How far a preview is, or what came out.

    Raises:
        UnknownIdError: There is none of that name; the last twenty are remembered.
    """
    job = jobs.find(name) if name.startswith(f"{PREVIEW}-") else None
    if job is None:
        raise UnknownIdError(f"There is no preview {name!r}.", hint="Begin one with POST /api/v1/rules/preview.")
    return _job(job)


def publish_rules(worker: Worker, given: m.RulesGiven) -> m.PublishedRules:
    """Publish the bundle that is named with other rules for one recipe, and keep them for the next training.

    Raises:
        RulesError: The rules do not hold.
        ContradictionError: The bundle cannot be read or written, or another is doing so.
    """
    specs = checked(worker, given)
    before = current_version(worker.shop)
    try:
        version, file = publish_change(worker.shop, worker.settings, given.recipe, specs, now=datetime.now(UTC))
    except (BundleError, InputError) as error:
        raise ContradictionError(error.message, hint=error.hint) from error
    recipe_file = file.relative_to(worker.shop).as_posix()
    return m.PublishedRules(bundle_version=version, before=before, recipe_file=recipe_file)


def checked(worker: Worker, given: m.RulesGiven) -> list[RuleSpec]:
    """The rules that were sent, seen to hold, each by itself, together, and against the shop's data.

    Raises:
        RulesError: They do not hold; all that is wrong with single rules is told at once.
    """
    problems: list[dict[str, str]] = []
    specs = []
    for place, rule in enumerate(given.rules):
        config = _without_nulls(rule.model_extra or {})
        msgspec.json.encode(config)  # Raises for half a character, which no recipe could hold.
        problems += _problems(place, rule.kind, config)
        specs.append(RuleSpec(kind=rule.kind, config=config))
    if problems:
        raise RulesError(problems)
    try:
        change = Change.of(worker.shop, worker.settings, given.recipe, specs)
    except SettingsError as error:
        raise RulesError([{"where": "rules", "problem": str(error)}]) from error
    dataset = worker.answers.dataset
    for place, built in enumerate(change.in_force.build_rules()):
        if problem := misfit(built, dataset):
            problems.append({"where": f"rules.{place}", "problem": problem})
    if problems:
        raise RulesError(problems)
    return specs


def _problems(place: int, kind: str, config: dict[str, Any]) -> list[dict[str, str]]:
    """What is wrong with one rule by itself."""
    if kind not in RULES:
        problem = f"there is no rule {kind!r} {did_you_mean(kind, RULES)}".rstrip()
        return [{"where": f"rules.{place}.kind", "problem": f"{problem}; there are {', '.join(sorted(RULES))}"}]
    try:
        RULES[kind].config_type.model_validate(config)
    except ValidationError as error:
        return [
            {"where": ".".join(["rules", str(place), *map(str, each["loc"])]), "problem": each["msg"]}
            for each in error.errors(include_url=False, include_input=False)
        ]
    return []


def _without_nulls(value: Any) -> Any:
    """JSON without what is null: a recipe in TOML cannot say it."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _recipe(worker: Worker, part: Part) -> m.RecipeRules:
    recipe = part.recipe
    return m.RecipeRules(
        recipe=recipe.name,
        title=recipe.title,
        surface=recipe.surface or None,
        own=(worker.shop / "recipes" / f"{recipe.name}.toml").is_file(),
        rules=[
            m.RuleInForce(kind=rule.kind, config=rule.config.model_dump(mode="json")) for rule in recipe.build_rules()
        ],
    )


def _first_line(rule: type[Rule[Any]]) -> str:
    return (inspect.getdoc(rule) or "").partition("\n")[0]


def _job(job: Job) -> m.PreviewJob:
    return m.PreviewJob(
        id=job.id,
        recipe=job.asked["recipe"],
        state=job.state,
        progress=job.progress,
        step=job.step,
        started_at=job.started_at,
        finished_at=job.finished_at,
        figures=None if job.result is None else _figures(job.result),
        error=None if job.error is None else m.JobError.model_validate(job.error),
    )


def _figures(result: dict[str, Any]) -> m.PreviewFigures:
    rules = [{"rule": rule, "figures": figures} for rule, figures in result["rules"].items()]
    return m.PreviewFigures.model_validate({**result, "rules": rules})
