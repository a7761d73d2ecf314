"""Cursors: what is written is read, and nothing else is ever more than refused."""

import base64
import contextlib
import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parure.core.errors import CursorError, InputError
from parure.serving.cursors import LONGEST, cursor_after, cursor_of, fingerprint, seen_before, start_of

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=6
)


def _read(text):
    """What a text is as a cursor; None where it is refused."""
    try:
        return start_of(text, "v1")
    except InputError:
        return None


@given(st.integers(0, 2**31 - 1), NAMES)
def test_what_was_written_is_read_back(start, name):
    cursor = cursor_of(start, name, "2026-09-28-e7d1d61d")
    assert len(cursor) <= LONGEST
    assert cursor.isascii()
    assert not {*cursor} & {*"+/&? #%"}
    assert start_of(cursor, "2026-09-28-e7d1d61d") == (start, name)
    with pytest.raises(CursorError):
        start_of(cursor, "2026-09-29-e7d1d61d")


@given(st.lists(st.text(), min_size=1, max_size=1000), NAMES)
@example(["x"] * 1000, "n" * 100)
def test_what_pages_had_is_read_back(ids, name):
    seen = [fingerprint(each) for each in ids]
    cursor = cursor_after(seen, name, "2026-09-28-e7d1d61d")
    assert len(cursor) <= LONGEST
    assert cursor.isascii()
    assert not {*cursor} & {*"+/&? #%"}
    told, found = seen_before(cursor, "2026-09-28-e7d1d61d")
    assert ([*told], found) == (seen, name)
    with pytest.raises(CursorError):
        seen_before(cursor, "2026-09-29-e7d1d61d")


def test_at_the_beginning_nothing_was_seen():
    assert seen_before(None, "v1") == ((), "")


@given(st.text() | st.binary().map(lambda told: base64.urlsafe_b64encode(told).decode()))
@example("")
@example("\ud800")
@example(base64.urlsafe_b64encode(msgspec.msgpack.encode((b"", "a", "v1"))).decode())
@example(base64.urlsafe_b64encode(msgspec.msgpack.encode((b"abc", "a", "v1"))).decode())
@example(cursor_of(3, "a", "v1"))
def test_any_text_is_no_page_or_one(text):
    with contextlib.suppress(InputError, CursorError):
        told, name = seen_before(text, "v1")
        assert cursor_after(told, name, "v1") == text


@given(st.text())
@example("\ud800")
@example("A")
@example("====")
def test_any_text_is_read_or_refused(text):
    _read(text)


@given(JSON)
@example([float("inf"), "a", "v1"])
@example([float("nan"), "a", "v1"])
@example([-1, "a", "v1"])
@example([2**31, "a", "v1"])
@example([1, "a" * 101, "v1"])
@example([1, "a", "v1", [[[[]]]]])
def test_any_value_is_read_or_refused(value):
    known = _read(base64.urlsafe_b64encode(json.dumps(value).encode()).decode())
    assert known is None or [*known, "v1"] == value


@given(st.binary())
@example(b"[" * 100_000)
@example(b'[1,"a","v1",' + b"[" * 100_000)
@example(b'[1,"\xff","v1"]')
@example(b'[1,"\\ud800","v1"]')
@example(b'[1e999,"a","v1"]')
def test_any_bytes_are_read_or_refused(content):
    _read(base64.urlsafe_b64encode(content).decode())
