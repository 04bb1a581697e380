"""The `tod` command: what an operator of the installation types. Everything reads, unless its name says otherwise."""

from ops.cli.app import main

__all__ = ["main"]
