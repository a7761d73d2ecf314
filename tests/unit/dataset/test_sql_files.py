import pytest

from parure.core.errors import SettingsError
from parure.dataset import sql_files
from parure.dataset.sql_files import render, sql_names, sql_parameters, sql_text


@pytest.fixture
def text(monkeypatch):
    """Put one made-up file in the place of all."""

    def put(sql: str) -> None:
        monkeypatch.setattr(sql_files, "sql_text", lambda name: sql)

    return put


def test_parameters_become_literals_that_both_dialects_read_alike(text):
    text("SELECT $a, $b, $c, $d, $e")
    assert render("x", a=True, b=-3, c=0.25, d=1e-7, e="18-25") == "SELECT TRUE, (-3), 0.25E0, 1e-07, '18-25'"


def test_comments_and_texts_are_left_alone(text):
    text("-- costs $a\nSELECT '$a it''s $a', $a")
    assert render("x", a=1) == "-- costs $a\nSELECT '$a it''s $a', 1"


def test_a_parameter_without_a_value_is_named(text):
    text("SELECT $half_life_days")
    with pytest.raises(SettingsError, match=r"\$half_life_days"):
        render("x")


@pytest.mark.parametrize("value", ["it's", "a\\b"])
def test_a_text_that_the_dialects_quote_differently_is_refused(text, value):
    text("SELECT $a")
    with pytest.raises(SettingsError, match="cannot stand in SQL"):
        render("x", a=value)


def test_an_unknown_file_is_answered_with_those_there_are():
    with pytest.raises(SettingsError, match="taste_events"):
        sql_text("tast_events")


def test_the_files_are_found_and_tell_their_parameters():
    assert "taste_events" in sql_names()
    assert sql_parameters("spending_ratio") == {"ratio_low", "ratio_high"}
