"""The trained net as arrays, and how it is run: one matrix product and a loop in compiled code, without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native_sums

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Net:
    """Shared experts, and a gate and a tower for each task.

    The net of Ma et al., Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts (KDD
    2018). An expert is a layer with ReLU over the inputs. A task's gate, a softmax over the experts, mixes their
    answers; its tower, a layer with ReLU and one output, makes a logit of the mixture. To that is added a weighted sum
    of the inputs, which needs few examples to be learned (Cheng et al., Wide & Deep Learning, DLRS 2016).

    Attributes:
        first: float32[inputs, width], the experts one after the other, behind them the gates, behind those the
            weighted sum of each task: width = experts * expert_size + tasks * experts + tasks.
        first_bias: float32[width].
        tower: float32[tasks, expert_size, tower_size].
        tower_bias: float32[tasks, tower_size].
        out: float32[tasks, tower_size].
        out_bias: float32[tasks].
    """

    first: Numbers
    first_bias: Numbers
    tower: Numbers
    tower_bias: Numbers
    out: Numbers
    out_bias: Numbers

    @property
    def experts(self) -> int:
        """How many experts there are."""
        tasks, size = self.tower.shape[:2]
        return int((len(self.first_bias) - tasks) // (size + tasks))

    def before(self, inputs: Numbers) -> Numbers:
        """What the first layer makes of float32[n, inputs], before ReLU and softmax: float32[n, width]."""
        before = inputs @ self.first
        before += self.first_bias
        return before

    def logits(self, before: Numbers) -> Numbers:
        """A logit a task, float32[n, tasks], for what :meth:`before` gave."""
        active = self._active(self._mixed(before)[0])
        np.maximum(active, np.float32(0), out=active)
        logits = (active @ self.out[:, :, None])[:, :, 0].T
        return np.asarray(logits + before[:, -len(self.out_bias) :] + self.out_bias, dtype=np.float32)

    def slopes(self, before: Numbers, slope: Callable[[Numbers], Numbers]) -> Numbers:
        """How a number changes with what :meth:`before` gave.

        Args:
            before: float32[n, width].
            slope: From logits, float32[n, tasks], to how the number changes with them, float32[n, tasks].

        Returns:
            float32[n, width].
        """
        mixed, gates = self._mixed(before)
        active = self._active(mixed)
        alive = active > 0
        logits = (np.where(alive, active, np.float32(0)) @ self.out[:, :, None])[:, :, 0].T
        by_logit = slope(logits + before[:, -len(self.out_bias) :] + self.out_bias)
        by_active = np.where(alive, self.out[:, None, :], np.float32(0))
        by_mixed = (by_active @ self.tower.transpose(0, 2, 1)) * by_logit.T[:, :, None]
        return _slopes(before, np.ascontiguousarray(by_mixed), gates, by_logit)

    def _mixed(self, before: Numbers) -> tuple[Numbers, Numbers]:
        """Of the experts' answers each task's mixture, float32[tasks, n, expert_size], and the gates: see _mix."""
        tasks, size = self.tower.shape[:2]
        return _mix(before, tasks, self.experts, size)

    def _active(self, mixed: Numbers) -> Numbers:
        """The towers' layers before their ReLU, float32[tasks, n, tower_size]."""
        active = mixed @ self.tower
        active += self.tower_bias[:, None, :]
        return active

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """What :meth:`from_arrays` takes."""
        return {name: getattr(self, name) for name in _NAMES}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What :meth:`to_arrays` gave."""
        return cls(*(arrays[name] for name in _NAMES))


_NAMES = ("first", "first_bias", "tower", "tower_bias", "out", "out_bias")


@native_sums
def _mix(before: Numbers, tasks: int, experts: int, size: int) -> tuple[Numbers, Numbers]:
    """The experts' answers, weighed by each task's gate.

    Returns:
        float32[tasks, n, size], the mixtures, and float32[n, tasks, experts], the gates.
    """
    n = len(before)
    mixed, gates = np.zeros((tasks, n, size), np.float32), np.empty((n, tasks, experts), np.float32)
    for row in range(n):
        for task in range(tasks):
            first = experts * size + task * experts
            most = before[row, first]
            for expert in range(1, experts):
                most = max(most, before[row, first + expert])
            total = np.float32(0)
            for expert in range(experts):
                gates[row, task, expert] = np.exp(before[row, first + expert] - most)
                total += gates[row, task, expert]
            for expert in range(experts):
                share = gates[row, task, expert] / total
                gates[row, task, expert] = share
                if share > 0:
                    for hidden in range(size):
                        mixed[task, row, hidden] += share * max(before[row, expert * size + hidden], np.float32(0))
    return mixed, gates


@native_sums
def _slopes(before: Numbers, by_mixed: Numbers, gates: Numbers, by_logit: Numbers) -> Numbers:
    """From how a number changes with the mixtures and the logits to how it changes with the first layer."""
    tasks, n, size = by_mixed.shape
    experts = gates.shape[2]
    found = np.zeros(before.shape, np.float32)
    by_gate = np.empty(experts, np.float32)
    for row in range(n):
        for task in range(tasks):
            mean = np.float32(0)
            for expert in range(experts):
                total, share = np.float32(0), gates[row, task, expert]
                for hidden in range(size):
                    value = before[row, expert * size + hidden]
                    slope = by_mixed[task, row, hidden] if value > 0 else np.float32(0)
                    found[row, expert * size + hidden] += share * slope
                    total += slope * value
                by_gate[expert] = total
                mean += share * total
            for expert in range(experts):
                place = experts * size + task * experts + expert
                found[row, place] = gates[row, task, expert] * (by_gate[expert] - mean)
            found[row, experts * (size + tasks) + task] = by_logit[row, task]
    return found
