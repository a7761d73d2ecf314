"""Moments as texts."""

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from parure.core.clock import second_text, to_us


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_second_is_written_as_datetime_writes_it(moment):
    assert second_text(to_us(moment) // 1_000_000) == moment.isoformat()[:19]
