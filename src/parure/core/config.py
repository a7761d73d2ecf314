"""The base of every configuration: frozen, validated, documented field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from parure.core.errors import SettingsError, did_you_mean


class Config(BaseModel):
    """A frozen set of parameters. A field's ``description`` says what it does, in which unit; bounds are checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, where: str) -> Self:
        """Validate ``values`` as they came from a file.

        Args:
            values: Field names and values.
            where: What the values belong to, for the message, as in ``parure.toml [weights]``.

        Raises:
            SettingsError: Names each wrong field, what was got, what is allowed, and a near name for an unknown one.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(
                f"{where} is not valid: " + "; ".join(_explain(cls, detail) for detail in error.errors()) + ".",
                hint="docs/settings.md lists every setting with its range.",
            ) from None


def _explain(cls: type[BaseModel], detail: Any) -> str:
    """One validation error as a sentence."""
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        guess = did_you_mean(path.rsplit(".", 1)[-1], _field_names(cls, detail["loc"][:-1]))
        return f"unknown setting {path!r}" + (f", {guess}" if guess else "")
    if detail["type"] == "missing":
        return f"{path!r} is required"
    if detail["type"] == "value_error":
        # Raised by a validator of ours, whose text already says what was got.
        return str(detail["msg"]).removeprefix("Value error, ").rstrip(".")
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{path!r}: {message}, got {detail['input']!r}"


def _field_names(cls: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Names of the fields at a place inside a nested config; empty where it is not a config."""
    place: Any = cls
    for part in path:
        if isinstance(place, type) and issubclass(place, BaseModel):
            field = place.model_fields.get(str(part))
            place = field.annotation if field is not None else None
        else:
            # A mapping of names to configs, or a list of them: the part is a key, the config is what it holds.
            held = [kind for kind in get_args(place) if kind is not Ellipsis]
            place = held[-1] if held else None
    return list(place.model_fields) if isinstance(place, type) and issubclass(place, BaseModel) else []
