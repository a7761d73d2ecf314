"""Requests drawn from the OpenAPI document, right ones and wrong ones: every answer is one that it tells of."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

ADMIN = {"X-API-Key": "aGm20fkUs67nXwHt8"}
# What the document cannot say: names of columns, models and goals, and what is needed of a search at least.
MEANING = {"input", "settings", "text"}


@pytest.fixture(scope="module")
def guarded(copied, start):
    keys = f"admin:{ADMIN['X-API-Key']}"
    with start(copied, environment="production", api_keys=keys) as served:
        served.headers = ADMIN
        yield served


def _schema(served):
    expected = ["2xx", "3xx", "404", "409", "422"]
    config = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": expected}}})
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json", config=config)


def _draw(operation, mode, examples):
    """Send drawn requests of one operation; raises what a check finds."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[*HealthCheck],
        phases=[Phase.generate],
    )
    def check(case):
        response = case.call_and_validate(headers=ADMIN, timeout=30)
        if mode is GenerationMode.POSITIVE and response.status_code == 422:
            assert response.json()["error"]["code"] in MEANING, (case.as_curl_command(), response.text)

    check()


def _findings(served, examples):
    found = []
    for result in _schema(served).get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:
            try:
                _draw(operation, mode, examples)
            except FailureGroup as group:
                found += [
                    f"{operation.label} ({mode.value}): {each.title}: {each.message}" for each in group.exceptions
                ]
            except AssertionError as error:
                found.append(f"{operation.label} ({mode.value}): {error}")
    return [each[:900] for each in found]


def _run(guarded, examples):
    assert guarded.search("ring")["items"]
    found = _findings(guarded, examples)
    assert not found, "\n\n".join(found)
    assert guarded.get("/health/ready") == {"status": "ready"}
    assert guarded.recommended("C0000001")
    assert guarded.search("ring")["items"]


def test_answers_to_drawn_requests_are_as_the_document_says(guarded):
    _run(guarded, 5)


@pytest.mark.slow
def test_answers_to_many_drawn_requests_are_as_the_document_says(guarded):
    _run(guarded, 100)
