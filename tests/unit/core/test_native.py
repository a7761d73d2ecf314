"""Compiled functions, and the names under which they are called."""

import sys
from types import ModuleType

import numpy as np

from parure.core.native import native


@native
def doubled(numbers):
    """Twice as much."""
    return numbers * 2


def test_once_it_is_compiled_every_module_calls_the_machine_code(monkeypatch):
    wrapped = doubled
    other = ModuleType("a module that imported it")
    other.doubled = wrapped
    monkeypatch.setitem(sys.modules, other.__name__, other)
    assert wrapped(np.arange(3)).tolist() == [0, 2, 4]
    assert other.doubled is doubled is not wrapped
    assert other.doubled(np.arange(3)).tolist() == [0, 2, 4]
    # Who holds the first name, as under another one, may go on calling it.
    assert wrapped(np.arange(2)).tolist() == [0, 2]
