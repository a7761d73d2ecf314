"""``python -m parure`` is the ``parure`` command."""

from parure.cli import main

main()
