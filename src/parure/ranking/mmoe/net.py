"""The trained net as arrays, and how it is run: one matrix product and a loop in compiled code, without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
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
        return _logits(before, self.experts, self.tower, self.tower_bias, self.out, self.out_bias)

    def slopes(self, before: Numbers, slope: Numbers) -> Numbers:
        """How a number changes with what :meth:`before` gave.

        Args:
            before: float32[n, width].
            slope: float32[n, tasks], how the number changes with the logits there.

        Returns:
            float32[n, width].
        """
        return _slopes(before, self.experts, self.tower, self.tower_bias, self.out, slope)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """What :meth:`from_arrays` takes."""
        return {name: getattr(self, name) for name in _NAMES}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What :meth:`to_arrays` gave."""
        return cls(*(arrays[name] for name in _NAMES))


_NAMES = ("first", "first_bias", "tower", "tower_bias", "out", "out_bias")


@native_sums
def _logits(
    before: Numbers, experts: int, tower: Numbers, tower_bias: Numbers, out: Numbers, out_bias: Numbers
) -> Numbers:
    tasks, size, width = tower.shape
    logits = np.empty((len(before), tasks), np.float32)
    gate, mixed, active = np.empty(experts, np.float32), np.empty(size, np.float32), np.empty(width, np.float32)
    for row in range(len(before)):
        for task in range(tasks):
            _gate(before[row], experts * size + task * experts, gate)
            _mixed(before[row], gate, mixed)
            _tower(mixed, tower[task], tower_bias[task], active)
            logit = out_bias[task] + before[row, experts * (size + tasks) + task]
            for unit in range(width):
                logit += max(active[unit], np.float32(0)) * out[task, unit]
            logits[row, task] = logit
    return logits


@native_sums
def _slopes(
    before: Numbers, experts: int, tower: Numbers, tower_bias: Numbers, out: Numbers, slope: Numbers
) -> Numbers:
    tasks, size, width = tower.shape
    found = np.zeros(before.shape, np.float32)
    gate, mixed, active = np.empty(experts, np.float32), np.empty(size, np.float32), np.empty(width, np.float32)
    by_mixed, by_gate = np.empty(size, np.float32), np.empty(experts, np.float32)
    for row in range(len(before)):
        for task in range(tasks):
            first_gate = experts * size + task * experts
            _gate(before[row], first_gate, gate)
            _mixed(before[row], gate, mixed)
            _tower(mixed, tower[task], tower_bias[task], active)
            for hidden in range(size):
                total = np.float32(0)
                for unit in range(width):
                    if active[unit] > 0:
                        total += tower[task, hidden, unit] * out[task, unit]
                by_mixed[hidden] = total * slope[row, task]
            mean = np.float32(0)
            for expert in range(experts):
                total = np.float32(0)
                for hidden in range(size):
                    value = before[row, expert * size + hidden]
                    if value > 0:
                        found[row, expert * size + hidden] += gate[expert] * by_mixed[hidden]
                        total += by_mixed[hidden] * value
                by_gate[expert] = total
                mean += gate[expert] * total
            for expert in range(experts):
                found[row, first_gate + expert] = gate[expert] * (by_gate[expert] - mean)
            found[row, experts * (size + tasks) + task] = slope[row, task]
    return found


@native_sums
def _gate(before: Numbers, first: int, gate: Numbers) -> None:
    """Softmax of the numbers from ``first`` on."""
    most = before[first]
    for expert in range(1, len(gate)):
        most = max(most, before[first + expert])
    total = np.float32(0)
    for expert in range(len(gate)):
        gate[expert] = np.exp(before[first + expert] - most)
        total += gate[expert]
    for expert in range(len(gate)):
        gate[expert] /= total


@native_sums
def _mixed(before: Numbers, gate: Numbers, mixed: Numbers) -> None:
    """The experts' answers, weighed by the gate."""
    size = len(mixed)
    mixed[:] = np.float32(0)
    for expert in range(len(gate)):
        if gate[expert] > 0:
            for hidden in range(size):
                mixed[hidden] += gate[expert] * max(before[expert * size + hidden], np.float32(0))


@native_sums
def _tower(mixed: Numbers, tower: Numbers, bias: Numbers, active: Numbers) -> None:
    """The tower's layer before its ReLU."""
    active[:] = bias
    for hidden in range(len(mixed)):
        for unit in range(len(active)):
            active[unit] += mixed[hidden] * tower[hidden, unit]
