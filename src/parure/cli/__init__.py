"""The ``parure`` command."""

from parure.cli.app import main

__all__ = ["main"]
