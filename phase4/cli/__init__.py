"""The command line `phase4`."""

from phase4.cli.app import main

__all__ = ["main"]
