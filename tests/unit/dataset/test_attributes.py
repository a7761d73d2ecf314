"""What is known of customers in words."""

import pyarrow as pa
import pytest

from parure.dataset import attributes
from parure.dataset.attributes import AttributeColumns, Attributes

TABLE = pa.table(
    {
        "user_id": ["ada", "bea"],
        "country": ["DE", None],
        "postal_code": ["10115", "20095"],
        "empty": pa.array([None, None], pa.string()),
        "purchases": [3, 4],
    }
)


@pytest.fixture(params=[5000, 1], ids=["few texts", "many texts"])
def columns(request, monkeypatch):
    monkeypatch.setattr(attributes, "_FEW_TEXTS", request.param)
    return AttributeColumns(TABLE)


def test_they_are_the_texts_of_a_row_less_those_that_are_empty(columns):
    assert dict(Attributes(columns, 0)) == {"country": "DE", "postal_code": "10115"}
    assert Attributes(columns, 1) == {"postal_code": "20095"}
    assert len(Attributes(columns, 0)) == 2
    assert repr(Attributes(columns, 1)) == "{'postal_code': '20095'}"


def test_one_is_asked_for_as_of_a_dictionary(columns):
    ada, bea = Attributes(columns, 0), Attributes(columns, 1)
    assert ada["country"] == ada.get("country") == "DE"
    assert bea.get("country") is None
    assert bea.get("country", "somewhere") == "somewhere"
    assert "country" in ada
    assert "country" not in bea
    assert "user_id" not in ada
    assert ada.get("shoe size") is None
    with pytest.raises(KeyError, match="country"):
        bea["country"]
