"""From a picture's file to its vector: how fast, against the model's bare forward pass, Pillow and torch; and memory.

Pictures are drawn, 800 x 800, saved as JPEG. All figures are CPU time on one thread; the sides of a ratio run in turn.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.options import Options
from bench.timing import Ratio, alternate, run_measured
from bench.torch_nets import lite0
from parure.encode.decoding import Pixels, decode
from parure.encode.encoding import encode_pictures
from parure.encode.lite0 import PREPARATION, weights_path
from parure.encode.models import Precision, open_encoder
from parure.encode.pictures import pictures_of
from parure.encode.quantize import drawn_pictures
from parure.encode.runtime import OnnxEncoder
from parure.evaluation import Row

DATASET = "drawn 800x800"
PICTURES = 192
SIDE = 800
_DRAWN = 32
FEW, GROWTH = 150, 10


def run(options: Options) -> Iterable[Row]:
    """Rows of all parts."""
    with TemporaryDirectory(prefix="parure-bench-") as name:
        folder = Path(name)
        files = write_pictures(folder / "images", PICTURES, SIDE, seed=options.seed)
        yield _decode_ratio(files, options)
        for precision in ("int8", "fp32"):
            yield from _pipeline(folder, files, precision, options)
        yield from _torch_rate(files, options)
        yield from _memory(folder, options)


def write_pictures(folder: Path, count: int, side: int, *, seed: int) -> list[Path]:
    """Draw pictures and save them as JPEG of quality 90; like photographs, they have little detail in single pixels."""
    from PIL import Image

    folder.mkdir(parents=True)
    drawn = drawn_pictures(count, side // 2, rng=np.random.default_rng(seed))
    files = [folder / f"{number:05d}.jpg" for number in range(count)]
    for file, pixels in zip(files, drawn, strict=True):
        Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return files


def _decode_ratio(files: list[Path], options: Options) -> Row:
    """Our decoding to what the model sees, against Pillow's full decoding and resizing to the same size."""
    from PIL import Image

    contents = [file.read_bytes() for file in files]
    side = (PREPARATION.size, PREPARATION.size)

    def ours() -> None:
        for content in contents:
            decode(content, PREPARATION)

    def theirs() -> None:
        for content in contents:
            with Image.open(BytesIO(content)) as image:
                np.asarray(image.convert("RGB").resize(side, Image.Resampling.BILINEAR))

    found = alternate(ours, theirs, rounds=options.rounds)
    return found.cpu.row(bench="encode", dataset=DATASET, case="decode", metric="decode_vs_pillow")


class _TimedDecoding(OnnxEncoder):
    """The encoder, with a clock around decoding and resizing."""

    decoding_s = 0.0

    def pixels_of(self, picture: bytes) -> Pixels:
        start = time.thread_time()
        pixels = super().pixels_of(picture)
        self.decoding_s += time.thread_time() - start
        return pixels

    def small_of(self, pixels: Pixels) -> Pixels:
        start = time.thread_time()
        small = super().small_of(pixels)
        self.decoding_s += time.thread_time() - start
        return small


def _pipeline(folder: Path, files: list[Path], precision: Precision, options: Options) -> Iterator[Row]:
    """Files to vectors in the cache, against the same model on pixels that are ready."""
    opened = open_encoder("efficientnet-lite0", precision=precision)
    assert isinstance(opened, OnnxEncoder)
    _, arguments = opened.__reduce__()
    encoder = _TimedDecoding(*arguments)
    ready = [encoder.pixels_of(f.read_bytes())[None] for f in files]
    bare = opened.bare_pass
    products = [(file.stem, None) for file in files]
    overheads, rates = [], []
    for number in range(options.rounds + 1):
        encoder.decoding_s = 0.0
        cache = folder / f"{precision}-{number}.sqlite"

        def ours(cache: Path = cache) -> None:
            pictures = pictures_of(products, base=folder, folder=folder / "images")
            for _ in encode_pictures(pictures, encoder, cache, processes=1):
                pass

        def theirs() -> None:
            for pixels in ready:
                bare(pixels)

        found = alternate(ours, theirs, rounds=1, warm_up=False)
        if number:
            overheads.append((found.ours[0].cpu_s - encoder.decoding_s) / found.theirs[0].cpu_s)
            rates.append(len(files) / found.ours[0].cpu_s)
    shared = {"bench": "encode", "dataset": DATASET, "case": precision}
    yield Ratio.of(overheads).row(**shared, metric="overhead_vs_bare_pass")
    yield _rate(precision, rates)


def _rate(case: str, rates: list[float]) -> Row:
    found = Ratio.of(rates)
    return Row(
        bench="encode", dataset=DATASET, case=case, split="all", metric="pictures_per_cpu_second",
        value=found.value, low=found.low, high=found.high, unit="1/s",
    )  # fmt: skip


def _torch_rate(files: list[Path], options: Options) -> Iterator[Row]:
    """The same network in torch, eager, with Pillow before it; left out where torch is not installed."""
    if find_spec("torch") is None:
        print("torch is not installed: its row is left out", file=sys.stderr)
        return
    forward = torch_encoder()
    rates = []
    for number in range(min(options.rounds, 3) + 1):
        start = time.process_time()
        for file in files[:32]:
            forward(file.read_bytes())
        if number:
            rates.append(32 / (time.process_time() - start))
    yield _rate("torch eager fp32", rates)


def torch_encoder() -> Callable[[bytes], Any]:
    """Bytes of a picture -> vector, the way it is mostly written: Pillow, numpy, an eager torch network."""
    import torch
    from PIL import Image

    torch.set_num_threads(1)
    net = lite0(torch.load(weights_path(), weights_only=True))
    side = (PREPARATION.size, PREPARATION.size)

    def encode(content: bytes) -> Any:
        with Image.open(BytesIO(content)) as image:
            pixels = np.asarray(image.convert("RGB").resize(side, Image.Resampling.BILINEAR))
        with torch.inference_mode():
            vector = net(torch.from_numpy(pixels.transpose(2, 0, 1)[None] / np.float32(127.5) - 1))[0]
            return (vector / vector.norm()).numpy()

    return encode


_ENCODE = """
from datetime import datetime, UTC
from pathlib import Path
from parure.pipeline.encode_shop import encode_shop
encode_shop(Path({shop!r}), now=datetime.now(UTC), images=Path({images!r}), processes=1)
"""


def _memory(folder: Path, options: Options) -> Iterator[Row]:
    """Peak of a process that encodes a shop, and of one that encodes ten times as many pictures."""
    for count in (FEW, FEW * GROWTH):
        shop, images = folder / f"shop-{count}", folder / f"images-{count}"
        _make_shop(shop, images, count, seed=options.seed)
        used = run_measured([sys.executable, "-c", _ENCODE.format(shop=str(shop), images=str(images))])
        yield Row(
            bench="encode", dataset=DATASET, case=f"{count} pictures", split="all", metric="peak_mib",
            value=used.peak_mib, low=None, high=None, unit="MiB",
        )  # fmt: skip


def _make_shop(shop: Path, images: Path, count: int, *, seed: int) -> None:
    """A shop whose products all have a picture of their own."""
    from parure.ingest import ingest

    drawn = [file.read_bytes() for file in write_pictures(images / "drawn", _DRAWN, SIDE, seed=seed)]
    lines = ["product_id,title,category,price,stock_status"]
    for number in range(count):
        # What follows the end of a JPEG is not read, but makes another file of it.
        (images / f"p{number}.jpg").write_bytes(drawn[number % len(drawn)] + number.to_bytes(4, "little"))
        lines.append(f"p{number},Product {number},things,1.00,in_stock")
    shop.mkdir()
    (images / "products.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(shop, [str(images / "products.csv")])
