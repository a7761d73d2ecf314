"""``python -m bench NAME [--json FILE]``: run one benchmark, print its table, write its rows."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench._table import print_rows
from bench.options import Options
from parure.core.errors import ParureError
from parure.evaluation import Row

BENCHES = {
    "index": ("bench.index", "vector search at 10k, 100k and, asked for by name, 1m vectors, against bare faiss"),
    "quality": ("bench.quality", "every source, the blend, the fixed recipes and the baselines, on real data"),
    "speed": ("bench.speed", "train against the library calls in it, ingest against bare DuckDB, peak memory"),
    "encode": ("bench.encode", "pictures to vectors: against the bare forward pass, Pillow and torch; memory"),
    "style": ("bench.style", "alike pictures, hidden tastes found again, search in other words and by changed copies"),
    "rank": ("bench.rank", "trees scored, and features built, beside LightGBM's own predict; whether they agree"),
    "auto": ("bench.auto", "parure train --auto on the made-up shop and on real data: time and memory"),
    "scale": ("bench.scale", "files to everybody's lists at H&M's size, a tenth and a hundredth: time and memory"),
    "rules": (
        "bench.rules",
        "rules and reasons beside LightGBM's predict; what each rule of a surface costs and brings",
    ),
    "calibration": ("bench.calibration", "whether confidence means what it says, on weeks not seen"),
    "sessions": ("bench.sessions", "what comes next in a session; the cost of session-kNN at a million sessions"),
    "serve": ("bench.serve", "what a request costs the server, a thousand a second for a minute, start and memory"),
    "events": ("bench.events", "events a second that are on disk before they are answered, beside a bare file"),
    "web": ("bench.web", "the web app in a browser, in a shop of 5,000 products: first feed, longest task"),
    "tasks": ("bench.tasks", "clicks, carts, purchases and spending at once: one net, a net a task, trees, the blend"),
    "weeks": ("bench.weeks", "hybrid and the peers over the last eight weeks, for data sets of few customers"),
    "peers": ("bench.peer_quality", "the libraries and plain baselines that parure is compared with, tuned"),
}
"""Name on the command line: module with a ``run``, and what it shows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; the exit status."""
    asked = _parser().parse_args(arguments)
    run: Callable[[Options], Iterable[Row]] = import_module(BENCHES[asked.name][0]).run
    options = Options(datasets=tuple(asked.dataset), rounds=asked.rounds, seed=asked.seed)
    try:
        rows = list(run(options))
    except ParureError as error:
        print(error, file=sys.stderr)
        return 2
    print_rows(rows, Console())
    if asked.json is not None:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<10} {about}" for name, (_, about) in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Run one benchmark and print its table.",
        epilog=f"benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=sorted(BENCHES), help="which benchmark")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    parser.add_argument("--dataset", action="append", default=[], help="run on this data set only; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of a timing (default 5)")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random (default 0)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
