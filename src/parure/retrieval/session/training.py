"""Training of the transformer in torch; nothing of it is needed to serve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import MissingExtraError
from parure.retrieval.folded import Scores

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sequences:
    """Sequences of steps end to end.

    Attributes:
        items: int64[n], numbers of items from 1 on.
        kinds: int64[n], kinds of events.
        offsets: int64[sequences + 1], where each begins.
        vocabulary: How many items have a number.
        kind_count: How many kinds there are.
    """

    items: Numbers
    kinds: Numbers
    offsets: Numbers
    vocabulary: int
    kind_count: int

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Plan:
    """How to train; see :class:`parure.retrieval.session.sasrec.SasRecConfig` for the meaning of each."""

    embedding_size: int
    layers: int
    heads: int
    max_length: int
    negatives: int
    popular_share: float
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    dropout: float
    temperature: float | None


def require_torch() -> Any:
    """The module ``torch``.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "neural", "Training the source sasrec") from error
    return torch


def learn(sequences: Sequences, plan: Plan, rng: np.random.Generator) -> dict[str, Scores]:
    """Train a network on sequences; its weights by name, as :class:`~.transformer.Transformer` reads them.

    Every step is a target, predicted from the steps before it. The loss is a softmax over the target and ``negatives``
    items drawn once a batch, partly by how often each is a target; each is corrected for how likely it was drawn
    (Jean et al. 2015), so that the sum stands for that over all items. With no more items than negatives it is that
    over all items.

    Args:
        sequences: Each of at least two steps.
        plan: How.
        rng: Draws the first weights, the order, negatives and dropout.
    """
    torch = require_torch()
    with torch.random.fork_rng(devices=[]), _one_thread(torch):
        torch.manual_seed(int(rng.integers(2**62)))
        network = network_of(sequences.vocabulary, sequences.kind_count, plan)
        sampler = _Sampler(sequences, plan, rng)
        optimizers = _optimizers(torch, network, plan)
        steps = plan.epochs * -(-len(sequences) // plan.batch_size)
        network.train()
        for step, batch in enumerate(_batches(sequences, plan, rng)):
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
                for group in optimizer.param_groups:
                    group["lr"] = plan.learning_rate * _pace(step / steps)
            _loss(torch, network, batch, sampler, plan).backward()
            for optimizer in optimizers:
                optimizer.step()
    return weights_of(network)


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Torch on one thread: batches are too small to share, and sums are always added up in the same order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def network_of(vocabulary: int, kind_count: int, plan: Plan) -> Any:
    """The network to train, with first weights from torch's generator.

    Its forward pass takes int64[n, length] items and kinds and gives float32[n, length, d], one vector a step.
    """
    torch = require_torch()
    nn = torch.nn
    size, heads = plan.embedding_size, plan.heads

    class Layer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.before_attention, self.before_wide = nn.LayerNorm(size), nn.LayerNorm(size)
            self.attention, self.joined = nn.Linear(size, 3 * size), nn.Linear(size, size)
            self.wide, self.narrow = nn.Linear(size, 2 * size), nn.Linear(2 * size, size)
            self.distance = nn.Parameter(torch.zeros(heads, plan.max_length))
            self.dropout = nn.Dropout(plan.dropout)

        def forward(self, state: Any, apart: Any, later: Any) -> Any:
            n, length, _ = state.shape
            mixed = self.attention(self.before_attention(state)).view(n, length, 3, heads, size // heads)
            query, key, value = mixed.permute(2, 0, 3, 1, 4)
            share = query @ key.transpose(-1, -2) * (size // heads) ** -0.5 + self.distance[:, apart]
            share = share.masked_fill(later, -torch.inf).softmax(-1)
            read = (share @ value).transpose(1, 2).reshape(n, length, size)
            state = state + self.dropout(self.joined(read))
            return state + self.dropout(self.narrow(self.wide(self.before_wide(state)).relu()))

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.items = nn.Embedding(vocabulary + 1, size, padding_idx=0, sparse=True)
            self.positions, self.kinds = nn.Embedding(plan.max_length, size), nn.Embedding(kind_count, size)
            for table in (self.items, self.positions, self.kinds):
                nn.init.normal_(table.weight, std=size**-0.5)
            with torch.no_grad():
                self.items.weight[0] = 0
            self.layers = nn.ModuleList(Layer() for _ in range(plan.layers))
            self.last = nn.LayerNorm(size)
            self.dropout = nn.Dropout(plan.dropout)

        def forward(self, items: Any, kinds: Any) -> Any:
            places = torch.arange(items.shape[1])
            state = self.dropout(self.items(items) + self.positions(places) + self.kinds(kinds))
            apart = places[:, None] - places
            for layer in self.layers:
                state = layer(state, apart.clamp(min=0), apart < 0)
            return self.last(state)

    return Network()


def weights_of(network: Any) -> dict[str, Scores]:
    """A network's weights as arrays by name."""
    state = {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}
    found = {name: state[f"{name}.weight"] for name in ("items", "positions", "kinds")}
    found["last"] = np.stack([state["last.weight"], state["last.bias"]])
    for layer in range(len(network.layers)):
        at = f"layers.{layer}."
        found[f"{layer}.distance"] = state[f"{at}distance"]
        for name in ("before_attention", "before_wide"):
            found[f"{layer}.{name}"] = np.stack([state[f"{at}{name}.weight"], state[f"{at}{name}.bias"]])
        for name in ("attention", "joined", "wide", "narrow"):
            found[f"{layer}.{name}"] = state[f"{at}{name}.weight"]
            found[f"{layer}.{name}_bias"] = state[f"{at}{name}.bias"]
    return found


def _optimizers(torch: Any, network: Any, plan: Plan) -> list[Any]:
    """One for the items' vectors, of which a batch touches few, and one for all else."""
    own = [network.items.weight]
    matrices = [p for name, p in network.named_parameters() if p is not own[0] and name.endswith("weight")]
    others = [p for name, p in network.named_parameters() if not name.endswith("weight")]
    groups = [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return [torch.optim.SparseAdam(own, lr=plan.learning_rate), torch.optim.AdamW(groups, lr=plan.learning_rate)]


def _pace(done: float) -> float:
    """Share of the learning rate: it rises over the first twentieth of the steps and falls evenly from there."""
    return min(20 * done + 0.01, 1.0, (1 - done) / 0.95)


def _batches(sequences: Sequences, plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Numbers, Numbers]]:
    """Items and kinds of all sequences, once an epoch: int64[n, length] with 0 behind short ones, in random order.

    Sequences of about the same length come together: within a random run of batches they are sorted by length.
    """
    lengths = np.diff(sequences.offsets)
    run = plan.batch_size * 16
    for _ in range(plan.epochs):
        order = rng.permutation(len(sequences))
        runs = [order[start : start + run] for start in range(0, len(order), run)]
        runs = [chosen[np.argsort(lengths[chosen], kind="stable")] for chosen in runs]
        parts = [part[at : at + plan.batch_size] for part in runs for at in range(0, len(part), plan.batch_size)]
        for number in rng.permutation(len(parts)):
            chosen = parts[number]
            places = np.arange(lengths[chosen].max())
            there = places < lengths[chosen][:, None]
            at = np.where(there, sequences.offsets[chosen][:, None] + places, 0)
            yield np.where(there, sequences.items[at], 0), np.where(there, sequences.kinds[at], 0)


class _Sampler:
    """Draws items that are not the target, shared by a batch."""

    def __init__(self, sequences: Sequences, plan: Plan, rng: np.random.Generator) -> None:
        count = np.bincount(sequences.items, minlength=sequences.vocabulary + 1)[1:]
        chance = plan.popular_share * count / max(count.sum(), 1) + (1 - plan.popular_share) / sequences.vocabulary
        self._below = np.cumsum(chance)
        self._expected = np.log(chance * plan.negatives)
        self._rng, self._count = rng, plan.negatives
        self._all = sequences.vocabulary <= plan.negatives

    def draw(self) -> tuple[Numbers, Scores]:
        """int64[n], numbers of items, and float32[n], log of how often each is drawn on average."""
        if self._all:
            return np.arange(1, len(self._below) + 1), np.zeros(len(self._below), np.float32)
        drawn = np.searchsorted(self._below, self._rng.random(self._count) * self._below[-1], side="right")
        drawn = np.minimum(drawn, len(self._below) - 1)
        return drawn + 1, self._expected[drawn].astype(np.float32)


def _loss(torch: Any, network: Any, batch: tuple[Numbers, Numbers], sampler: _Sampler, plan: Plan) -> Any:
    """Mean over all targets of a batch of the log of their share in the softmax, negated."""
    items, kinds = (torch.from_numpy(part) for part in batch)
    targets = items[:, 1:]
    there = targets > 0
    targets = targets[there]
    state = network(items[:, :-1], kinds[:, :-1])[there]
    drawn, expected = (torch.from_numpy(part) for part in sampler.draw())
    table = network.items.weight
    right, others = (torch.nn.functional.embedding(numbers, table, sparse=True) for numbers in (targets, drawn))
    if plan.temperature is not None:
        state, right, others = (torch.nn.functional.normalize(part, dim=-1) for part in (state, right, others))
        state = state / plan.temperature
    hit = (state * right).sum(-1, keepdim=True)
    missed = (state @ others.T - expected).masked_fill(targets[:, None] == drawn, -torch.inf)
    return (torch.cat([hit, missed], dim=1).logsumexp(1) - hit[:, 0]).mean()
