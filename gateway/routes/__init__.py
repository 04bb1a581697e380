"""What can be read over HTTP: the views of one word per file, listed in `catalog`."""

from gateway.routes.catalog import LIVE, VIEWS

__all__ = ["LIVE", "VIEWS"]
