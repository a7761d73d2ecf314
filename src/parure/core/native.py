"""Loops over a few hundred numbers, compiled to machine code when they are first called."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from types import ModuleType
from typing import Any, Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class _Native(Generic[P, R]):
    """A function that is compiled at its first call, so that commands which never call it do not wait for the compiler.

    Machine code is kept beside the module, or in the user's cache where that cannot be written, and is read from there
    in later processes. It is Numba's own cache, made on this machine; no bundle holds any of it.
    """

    def __init__(self, function: Callable[P, R], *, reordered: bool = False) -> None:
        update_wrapper(self, function)
        self._function = function
        # What is not a number stays so: only the order of sums is left open.
        self._fastmath = {"reassoc", "contract", "nsz"} if reordered else False
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        compiled = self._compiled or self._ready()
        return compiled(*args, **kwargs)

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks for where one compiled function calls another."""
        from numba import typeof

        return typeof(self._ready())  # type: ignore[no-untyped-call]

    def _ready(self) -> Callable[P, R]:
        if self._compiled is None:
            from numba import njit

            try:
                compiled = njit(self._function, cache=True, nogil=True, fastmath=self._fastmath)
            except RuntimeError:
                # No folder can be written, as in a container without a home: each process compiles for itself.
                compiled = njit(self._function, nogil=True, fastmath=self._fastmath)
            self._compiled = cast("Callable[P, R]", compiled)
            self._stand_aside()
        return self._compiled

    def _stand_aside(self) -> None:
        """Let its name stand for the machine code in all modules that know it: the way through here costs a third.

        Whoever holds it otherwise, as under another name, goes on calling it this way.
        """
        name = self._function.__name__
        for module in [*sys.modules.values()]:
            if isinstance(module, ModuleType):
                # Asked for in this way, a module that is loaded when somebody first looks stays as it is.
                known = object.__getattribute__(module, "__dict__")
                if known.get(name) is self:
                    known[name] = self._compiled


def native(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of arrays and numbers (by Numba), one that stands at the top of a module.

    Numpy takes most of a microsecond a call, whatever it works on: a dozen of them on a history of forty events cost
    more than all the sums in it. What is written as a plain loop and compiled costs next to nothing.
    """
    return _Native(function)


def native_sums(function: Callable[P, R]) -> Callable[P, R]:
    """The same for sums of many numbers, which may be added in any order: several at once, some ten times faster."""
    return _Native(function, reordered=True)
