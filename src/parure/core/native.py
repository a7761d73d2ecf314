"""Loops over a few hundred numbers, compiled to machine code when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class _Native(Generic[P, R]):
    """A function that is compiled at its first call, so that commands which never call it do not wait for the compiler.

    Machine code is kept beside the module, or in the user's cache where that cannot be written, and is read from there
    in later processes.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        update_wrapper(self, function)
        self._function = function
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        compiled = self._compiled
        if compiled is None:
            from numba import njit

            compiled = self._compiled = cast("Callable[P, R]", njit(self._function, cache=True, nogil=True))
        return compiled(*args, **kwargs)


def native(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of arrays and numbers (by Numba).

    Numpy takes most of a microsecond a call, whatever it works on: a dozen of them on a history of forty events cost
    more than all the sums in it. What is written as a plain loop and compiled costs next to nothing.
    """
    return _Native(function)
