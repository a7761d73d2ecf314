"""Training of the net, in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import MissingExtraError
from parure.ranking.mmoe.config import MmoeConfig
from parure.ranking.mmoe.inputs import Inputs
from parure.ranking.mmoe.lessons import PURCHASE, SPEND, Lessons
from parure.ranking.mmoe.net import Net

Numbers = NDArray[np.float32]
Rows = NDArray[np.int64]

_SHUT: Final = -1e4
"""Added to a gate's logit, it shuts the expert out altogether."""
_CERTAIN: Final = -1e-6
"""A logarithm of a probability is at most this, so that its complement has one too."""


def train(lessons: Lessons, inputs: Inputs, config: MmoeConfig, *, rng: np.random.Generator) -> Net:
    """Fit a net to labelled candidates.

    Every task's loss is the cross-entropy of what came true, counted over the whole slate. ``spend`` is a purchase
    above the own average: its probability is that of the purchase times that of the price, given the purchase, and
    both are learned over all candidates (Ma et al., Entire Space Multi-Task Model, SIGIR 2018).

    Args:
        lessons: Candidates and what became of them.
        inputs: How features become inputs.
        config: Sizes and steps.
        rng: What is left to chance follows from it.

    Raises:
        MissingExtraError: PyTorch is not installed.

    Cost:
        One thread; about 20 microseconds a candidate drawn and epoch with the default sizes.
    """
    torch = require_torch()
    with _alone(torch, int(rng.integers(2**62))):
        course = _Course(torch, lessons, inputs, config, rng)
        return course.best_net()


def require_torch() -> Any:
    """The module ``torch``.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "neural", "Training the ranker 'mmoe'") from error
    return torch


@contextmanager
def _alone(torch: Any, seed: int) -> Iterator[None]:
    """One thread and a seed, so that equal examples give equal weights; both are put back as they were."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True)
class Weights:
    """The net as tensors, named as in :class:`Net`, with what shuts experts out of gates.

    Attributes:
        tensors: The tensors of :class:`Net` by name.
        shut: Added to the gates' logits, [tasks, experts]: 0 for an expert that the task may ask.
    """

    tensors: dict[str, Any]
    shut: Any

    @classmethod
    def drawn(cls, torch: Any, inputs: int, rates: NDArray[np.float64], config: MmoeConfig) -> Weights:
        """Small random weights (He et al. 2015), and outputs that begin at the tasks' mean rates."""
        tasks = len(rates)
        experts = config.experts * (tasks if config.single_task else 1)
        size, width = config.expert_size, config.tower_size
        shut = torch.zeros(tasks, experts)
        if config.single_task:
            own = torch.arange(experts) // config.experts
            shut[own[None, :] != torch.arange(tasks)[:, None]] = _SHUT
        deep = torch.randn(inputs, experts * size) * math.sqrt(2 / max(inputs, 1))
        gates = torch.randn(inputs, tasks * experts) * 0.1 / math.sqrt(max(inputs, 1))
        tensors = {
            "first": torch.cat([deep, gates, torch.zeros(inputs, tasks)], dim=1),
            "first_bias": torch.zeros(experts * (size + tasks) + tasks),
            "tower": torch.randn(tasks, size, width) * math.sqrt(2 / size),
            "tower_bias": torch.zeros(tasks, width),
            "out": torch.randn(tasks, width) * 0.1 / math.sqrt(width),
            "out_bias": torch.tensor(np.log(rates / (1 - rates)), dtype=torch.float32),
        }
        return cls({name: tensor.requires_grad_() for name, tensor in tensors.items()}, shut)

    @classmethod
    def of(cls, torch: Any, net: Net) -> Weights:
        """The tensors of a trained net."""
        tensors = {name: torch.tensor(array) for name, array in net.to_arrays().items()}
        return cls(tensors, torch.zeros(len(net.out_bias), net.experts))

    def net(self) -> Net:
        """The arrays; an expert that is shut out of a gate is so by its bias."""
        arrays = {name: tensor.detach().numpy().copy() for name, tensor in self.tensors.items()}
        shut = self.shut.numpy().ravel()
        closed = self._sizes[0] + np.flatnonzero(shut < 0)
        arrays["first"][:, closed] = 0
        arrays["first_bias"][closed] = _SHUT
        return Net.from_arrays(arrays)

    def logits(self, torch: Any, inputs: Any, dropout: float = 0.0) -> Any:
        """A logit a task, [n, tasks], for inputs [n, inputs]."""
        t = self.tensors
        tasks, experts = self.shut.shape
        hidden, gates, sums = torch.split(inputs @ t["first"] + t["first_bias"], self._sizes, dim=1)
        hidden = torch.nn.functional.dropout(torch.relu(hidden), dropout)
        gates = torch.softmax(gates.reshape(-1, tasks, experts) + self.shut, dim=2)
        mixed = torch.bmm(gates, hidden.reshape(len(hidden), experts, -1))
        active = torch.relu(torch.bmm(mixed.transpose(0, 1), t["tower"]) + t["tower_bias"][:, None, :])
        return ((active * t["out"][:, None, :]).sum(dim=2) + t["out_bias"][:, None]).transpose(0, 1) + sums

    @property
    def _sizes(self) -> list[int]:
        """Columns of the first layer: the experts', the gates' and the weighted sums'."""
        tasks, experts = self.shut.shape
        return [experts * self.tensors["tower"].shape[1], tasks * experts, tasks]


class _Course:
    """Passes over the lessons, and which of them was best."""

    def __init__(
        self, torch: Any, lessons: Lessons, inputs: Inputs, config: MmoeConfig, rng: np.random.Generator
    ) -> None:
        self._torch = torch
        self._lessons = lessons
        self._inputs = inputs
        self._config = config
        self._rng = rng
        rates = lessons.rates()
        self._weights = Weights.drawn(torch, inputs.size, rates, config)
        self._share = self._shares_of_loss(rates)
        seen, unseen = lessons.parted(config.held_out, rng)
        self._seen = seen
        # Without anything that came true in it, what was held out cannot judge.
        judged = bool(len(unseen)) and bool((lessons.labels[unseen] == 1).any())
        self._unseen = lessons.drawn(unseen, config.negatives, rng) if judged else None

    def best_net(self) -> Net:
        """Train, and give the weights after the best pass."""
        torch, t = self._torch, self._weights.tensors
        biases = [tensor for name, tensor in t.items() if name.endswith("bias")]
        others = [tensor for name, tensor in t.items() if not name.endswith("bias")]
        groups = [{"params": others, "weight_decay": self._config.l2}, {"params": biases, "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW(groups, lr=self._config.learning_rate)
        best, found = math.inf, self._weights.net()
        for epoch in range(self._config.epochs):
            self._pass(optimiser, epoch)
            loss = -math.inf if self._unseen is None else self._loss_unseen()
            if loss < best or self._unseen is None:
                best, found = loss, self._weights.net()
        return found

    def _pass(self, optimiser: Any, epoch: int) -> None:
        rows, counts = self._lessons.drawn(self._seen, self._config.negatives, self._rng)
        counts /= counts.mean()
        order = self._rng.permutation(len(rows))
        steps = range(0, len(rows), self._config.batch_size)
        for number, start in enumerate(steps):
            done = (epoch + number / len(steps)) / self._config.epochs
            for group in optimiser.param_groups:
                group["lr"] = self._config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
            chosen = order[start : start + self._config.batch_size]
            optimiser.zero_grad()
            loss = self._losses(rows[chosen], counts[chosen], self._config.dropout) @ self._share
            (loss / len(chosen)).backward()
            optimiser.step()

    def _loss_unseen(self) -> float:
        assert self._unseen is not None  # noqa: S101 - for the type checker
        rows, counts = self._unseen
        with self._torch.no_grad():
            parts = [
                self._losses(rows[start : start + _AT_ONCE], counts[start : start + _AT_ONCE])
                for start in range(0, len(rows), _AT_ONCE)
            ]
            return float(self._torch.stack(parts).sum(dim=0) @ self._share)

    def _losses(self, rows: Rows, counts: Numbers, dropout: float = 0.0) -> Any:
        """The sum of each task's loss over rows, [heads]."""
        torch, lessons = self._torch, self._lessons
        inputs = torch.from_numpy(self._inputs.apply(lessons.features[rows]))
        labels = torch.from_numpy(lessons.labels[rows])
        known = ~torch.isnan(labels)
        logits = self._weights.logits(torch, inputs, dropout)
        loss = _cross_entropy(torch, logits, torch.where(known, labels, 0.0), lessons.heads, self._config.single_task)
        return (torch.where(known, loss, 0.0) * torch.from_numpy(counts)[:, None]).sum(dim=0)

    def _shares_of_loss(self, rates: NDArray[np.float64]) -> Any:
        """What each task's loss is multiplied by: its weight, over the loss of always saying the mean rate."""
        heads = self._lessons.heads
        rates = rates.copy()
        if SPEND in heads:
            rates[heads.index(SPEND)] *= rates[heads.index(PURCHASE)]
        entropy = -(rates * np.log(rates) + (1 - rates) * np.log1p(-rates))
        weights = np.array([getattr(self._config.loss_weights, head) for head in heads])
        return self._torch.tensor(weights / entropy, dtype=self._torch.float32)


_AT_ONCE: Final = 65_536
"""Rows judged at a time."""


def _cross_entropy(torch: Any, logits: Any, labels: Any, heads: tuple[str, ...], single_task: bool) -> Any:
    """The loss of each row and task, [n, heads]."""
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    if SPEND not in heads:
        return loss
    spend = heads.index(SPEND)
    bought = torch.nn.functional.logsigmoid(logits[:, heads.index(PURCHASE)])
    if single_task:
        # What the price of a purchase teaches is then no business of the model of purchases.
        bought = bought.detach()
    log_p = torch.clamp(bought + torch.nn.functional.logsigmoid(logits[:, spend]), max=_CERTAIN)
    wanted = labels[:, spend]
    both = -(wanted * log_p + (1 - wanted) * torch.log1p(-torch.exp(log_p)))
    columns = [both if place == spend else loss[:, place] for place in range(len(heads))]
    return torch.stack(columns, dim=1)
