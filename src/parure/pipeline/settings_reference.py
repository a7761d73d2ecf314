"""Every setting, from the classes that hold them: as a commented TOML file and as a page of the docs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import tomli_w
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from parure.pipeline.recipe import Recipe, RuleSpec, SourceSpec
from parure.pipeline.settings import ShopSettings
from parure.ranking import RANKERS
from parure.retrieval import SOURCES
from parure.rules import RULES

_SIGNS = {Ge: (">=", "ge"), Gt: (">", "gt"), Le: ("<=", "le"), Lt: ("<", "lt")}


def settings_toml(settings: ShopSettings | None = None) -> str:
    """A ``parure.toml`` with every setting and what it does; settings left at their default stand as comments."""
    values = (settings or ShopSettings()).model_dump(mode="json")
    defaults = ShopSettings().model_dump(mode="json")
    lines = ["# Settings of this shop. A line that starts with # shows the default.", ""]
    for path, model in _sections(ShopSettings):
        section, default = _at(values, path), _at(defaults, path)
        lines += [f"[{'.'.join(path)}]"]
        for name, field in model.model_fields.items():
            if _is_section(field):
                continue
            lines += [f"# {line}" for line in _description(model, name).splitlines()]
            lines += _assignment(name, section[name], commented=section[name] == default[name])
        lines.append("")
    return "\n".join(lines)


def settings_markdown() -> str:
    """The settings page of the docs: ``parure.toml``, recipes, sources and rankers."""
    lines = [
        "# Settings",
        "",
        "<!-- Written by `./run docs` from the code. Do not edit. -->",
        "",
        "A shop's settings stand in its `parure.toml`; `parure init` writes one with every default. A variable such as",
        "`PARURE_TRAIN__SEED=1` sets `seed` in `[train]` over the file. `parure config` shows what is in force.",
        "",
    ]
    for path, model in _sections(ShopSettings):
        if path[0] != "rules":
            lines += [f"## `[{'.'.join(path)}]`", "", *_table(model)]
    lines += ["## Recipes", "", "A recipe is a TOML file in the shop's `recipes/`.", "", *_table(Recipe)]
    lines += ["### `[[sources]]`", "", *_table(SourceSpec)]
    lines += ["### `[[rules]]`", "", *_table(RuleSpec)]
    lines += ["## Sources", ""]
    for kind, source in sorted(SOURCES.items()):
        lines += [f"### `{kind}`", "", _first_line(source.__doc__), "", *_table(source.config_type)]
    lines += [
        "## Rules",
        "",
        "What a recipe's `[[rules]]` may name. A shop sets parameters for all its recipes in `[rules.KIND]`.",
        "",
    ]
    for kind, rule in sorted(RULES.items()):
        lines += [f"### `{kind}`", "", f"{_first_line(rule.__doc__)} It {rule.effect}.", "", *_table(rule.config_type)]
        lines += ["Reasons: " + "; ".join(f"`{code}`, {text}" for code, text in sorted(rule.reasons.items())) + ".", ""]
    lines += ["## Rankers", ""]
    for kind, ranker in sorted(RANKERS.items()):
        lines += [f"### `{kind}`", "", _first_line(ranker.__doc__), "", *_table(ranker.config_type)]
    return "\n".join(lines).rstrip() + "\n"


def _sections(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """The model's own scalar settings first, then each nested section."""
    if path and any(not _is_section(field) for field in model.model_fields.values()):
        yield path, model
    for name, field in model.model_fields.items():
        if _is_section(field):
            yield from _sections(field.annotation, (*path, name))  # type: ignore[arg-type]


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _at(values: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for part in path:
        values = values[part]
    return values


def _assignment(name: str, value: Any, *, commented: bool) -> list[str]:
    if value is None:
        return [f"# {name} ="]
    if _holds_tables(value):
        # A table of its own would end the section it stands in.
        lines = [f"{name} = {_inline(value)}"]
    else:
        lines = tomli_w.dumps({name: value}).strip().splitlines()
    return [f"# {line}" for line in lines] if commented else lines


def _holds_tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(_holds_tables(each) for each in value))


def _inline(value: Any) -> str:
    """A value on one line, tables in braces; what is None is left out."""
    if isinstance(value, dict):
        parts = (
            f"{tomli_w.dumps({key: 0}).split(' = ')[0]} = {_inline(each)}"
            for key, each in value.items()
            if each is not None
        )
        return f"{{ {', '.join(parts)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_inline(each) for each in value)}]"
    return tomli_w.dumps({"value": value}).removeprefix("value = ").strip()


def _table(model: type[BaseModel]) -> list[str]:
    rows = ["| setting | default | allowed | what it does |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        if not _is_section(field):
            text = " ".join(_description(model, name).split()).replace("|", "\\|")
            rows.append(f"| `{name}` | {_default(field)} | {_allowed(field)} | {text} |")
    return [*rows, ""] if len(rows) > 2 else ["It has no parameters.", ""]


def _description(model: type[BaseModel], name: str) -> str:
    """What a field does; a field that a subclass only gives another default is described where it comes from."""
    for cls in model.__mro__:
        field = getattr(cls, "model_fields", {}).get(name)
        if field is not None and field.description:
            return str(field.description).strip()
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return ""
    text = repr(str(value) if isinstance(value, str) else value)
    return f"`{text}`" if len(text) <= 60 else "see text"


def _allowed(field: FieldInfo) -> str:
    if choices := _choices(field.annotation):
        return ", ".join(f"`{choice}`" for choice in choices)
    return ", ".join(
        f"{sign} {getattr(bound, name)}"
        for bound in field.metadata
        for kind, (sign, name) in _SIGNS.items()
        if isinstance(bound, kind)
    )


def _choices(annotation: Any) -> tuple[Any, ...]:
    """The values of a Literal, also of one inside a union."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(choice for part in get_args(annotation) for choice in _choices(part))


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n\n")[0].replace("\n", " ")
