"""Who installs the wheel needs no Node.js: the app is in it."""

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.api.shop.conftest import serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built as anybody would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("parure-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment that has the wheel, what it depends on, and no Node.js on its PATH."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (packages,) = home.glob("lib/python*/site-packages")
    # Dependencies are those of this environment; its own parure is not among them, for no file of paths is read there.
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home


def test_the_wheel_holds_the_app_and_none_of_its_sources(wheel):
    names = ZipFile(wheel).namelist()
    assert "parure/serving/web/index.html" in names
    assert any(re.fullmatch(r"parure/serving/web/assets/index-.*\.js", name) for name in names)
    assert not [name for name in names if "node_modules" in name or name.endswith((".tsx", ".ts"))]


def test_an_installed_wheel_serves_the_app_without_node(installed, made, tmp_path, monkeypatch):
    shop = tmp_path / "shop"
    shutil.copytree(made, shop)
    monkeypatch.setenv("PATH", str(installed / "bin"))
    assert shutil.which("node") is None
    monkeypatch.setattr(sys, "executable", str(installed / "bin" / "python"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    with serving(shop) as served:
        where = subprocess.run(
            [sys.executable, "-c", "import parure; print(parure.__file__)"], capture_output=True, text=True, check=True
        ).stdout
        assert str(installed) in where
        page = httpx.get(f"{served.url}/")
        assert page.status_code == 200
        (script,) = re.findall(r'src="(/app/assets/[^"]+\.js)"', page.text)
        assert httpx.get(f"{served.url}{script}").status_code == 200
