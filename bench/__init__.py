"""Benchmarks: each is a module with ``run(options) -> Iterable[Row]``, started by ``./run bench NAME``."""
