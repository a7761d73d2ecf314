"""What the page on style shows runs as printed."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "style.md"


def test_the_notebook_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})  # the example asserts what it says
