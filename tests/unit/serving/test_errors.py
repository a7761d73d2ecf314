"""The envelope: every error becomes one, whatever it holds."""

import json

import msgspec
import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from parure.core import errors as core_errors
from parure.core.errors import MissingExtraError, ParureError, SettingsError, StoreFullError
from parure.serving.errors import CODES, Failure, failure_of, json_safe

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.just("\ud800"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
    max_leaves=20,
)


def test_every_error_of_ours_has_a_code_in_the_table():
    ours = [each for each in vars(core_errors).values() if isinstance(each, type) and issubclass(each, ParureError)]
    made = {
        MissingExtraError: lambda: MissingExtraError("p", "x", "a purpose"),
        StoreFullError: lambda: StoreFullError(2, 1, 1.0),
    }
    for cls in ours:
        error = made.get(cls, lambda cls=cls: cls("got", hint="do"))()
        failure = failure_of(error)
        assert 400 <= failure.status < 600
        assert failure.code in CODES
    assert failure_of(MissingExtraError("p", "x", "a purpose")).status == 501


def test_a_new_kind_of_error_is_told_as_the_nearest_kind_that_has_a_code():
    class RuleSettingsError(SettingsError):
        code = "settings_of_a_rule"

    failure = failure_of(RuleSettingsError("k is 0.", hint="Set k."))
    assert (failure.code, failure.status, failure.message, failure.hint) == ("settings", 422, "k is 0.", "Set k.")


def test_every_code_says_what_it_means():
    assert all(400 <= code.status < 600 and code.meaning.endswith(".") for code in CODES.values())


@pytest.mark.parametrize(
    "status", [400, 401, 402, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 501, 502, 503, 504]
)
def test_an_http_exception_keeps_its_status_and_headers(status):
    failure = failure_of(HTTPException(status, headers={"Allow": "GET"}))
    assert failure.status == status
    assert failure.headers == {"Allow": "GET"}
    assert failure.code in CODES


@given(ANYTHING)
def test_any_value_becomes_json_that_strict_readers_take(value):
    text = msgspec.json.encode(json_safe(value)).decode("utf-8")
    json.loads(text, parse_constant=lambda name: pytest.fail(name))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "loc": st.lists(st.text() | st.integers()).map(tuple),
                "msg": st.text(),
                "type": st.text(),
                "input": ANYTHING,
            }
        ),
        max_size=40,
    )
)
def test_any_validation_error_becomes_a_short_envelope(errors):
    failure = failure_of(RequestValidationError(errors))
    body = failure.body("id")
    told = json.loads(body)["error"]
    assert failure.status in (400, 422)
    assert len(told["message"]) <= 330
    assert len(told.get("details", ())) <= 20


def test_a_fault_says_nothing_unless_debug_is_on():
    assert "inside" not in failure_of(RuntimeError("inside")).body("i").decode()
    assert "inside" in failure_of(RuntimeError("inside"), debug=True).body("i").decode()


def test_a_failure_with_an_unknown_code_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        _ = Failure("nonsense").status
