"""What the garbage collector looks at while requests are answered: what they leave behind, and not the bundle."""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (10_000, 20, 20)
"""Objects made before the youngest are looked at, and how often that happens before older ones are."""


def set_aside() -> None:
    """Set aside all that lives now, once what is no longer needed has been collected.

    A bundle is hundreds of thousands of objects that live as long as it is served; going through them again and again
    took a tenth of a request's time. To be called when a bundle has been loaded: what was set
    aside before and is no longer in use is collected then.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
