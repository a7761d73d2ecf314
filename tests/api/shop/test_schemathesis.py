"""Requests drawn from the OpenAPI document, right ones and wrong ones: every answer is one that it tells of."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection

# What the document cannot say: names of columns, models and goals, and what is needed of a search at least.
MEANING = {"input", "settings", "text"}
# Seconds that leap and years that no calendar holds; whole numbers written as 5.0; a file that is sent as a text.
PASSED = ("RFC3339", "got `float`", "valid integer", "UploadFile")


def _schema(served):
    """The document, less the keys: a demo asks for none, and who may do what is tried out elsewhere."""
    document = httpx.get(f"{served.url}/openapi.json").json()
    del document["security"], document["components"]["securitySchemes"]
    for each in document["paths"].values():
        for operation in each.values():
            operation.pop("security", None)
    expected = ["2xx", "3xx", "404", "409", "422"]
    config = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": expected}}})
    return schemathesis.openapi.from_dict(document, config=config)


def _draw(served, operation, mode, examples):
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
        # In a form all is text: no value of a field is of the wrong type.
        excluded = [negative_data_rejection] if operation.label == "POST /api/v1/search" else []
        response = case.call_and_validate(base_url=served.url, timeout=30, excluded_checks=excluded)
        if mode is GenerationMode.POSITIVE and response.status_code == 422:
            understood = response.json()["error"]["code"] in MEANING or any(each in response.text for each in PASSED)
            assert understood, (response.text, case.as_curl_command())

    check()


def _findings(served, examples):
    found = []
    for result in _schema(served).get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:
            try:
                _draw(served, operation, mode, examples)
            except Unsatisfiable:
                # Where nothing is sent, nothing can be wrong.
                assert mode is GenerationMode.NEGATIVE, operation.label
            except FailureGroup as group:
                found += [
                    f"{operation.label} ({mode.value}): {each.title}: {each.message}" for each in group.exceptions
                ]
            except AssertionError as error:
                found.append(f"{operation.label} ({mode.value}): {error}")
    return [each[:900] for each in found]


def _run(changing, examples):
    assert changing.search("ring")["items"]
    found = _findings(changing, examples)
    assert not found, "\n\n".join(found)
    assert changing.get("/health/ready") == {"status": "ready"}
    assert changing.recommended("C0000001")
    assert changing.search("ring")["items"]


def test_answers_to_drawn_requests_are_as_the_document_says(changing):
    _run(changing, 5)


@pytest.mark.slow
def test_answers_to_many_drawn_requests_are_as_the_document_says(changing):
    _run(changing, 200)
