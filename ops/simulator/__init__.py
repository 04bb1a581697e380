"""A fleet of RouterOS devices that fools clients: the only stand-in for a router, in tests and in `ops/up`.

`Fleet` serves any number of routers on loopback addresses; `python -m ops.simulator` does the same as a process.
"""

from ops.simulator.fleet import Fleet, Ports
from ops.simulator.router import Router

__all__ = ["Fleet", "Ports", "Router"]
