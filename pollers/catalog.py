"""All collectors and all jobs of all slices, by hand, and who judges what came of a look. No other logic."""

from typing import Final

from pollers import clients, device_log, devices, health, interfaces, reachability, routes, topology, wireless
from pollers.engine.collector import Collector
from pollers.engine.job import Job
from pollers.engine.outcome import Judge

COLLECTORS: Final[tuple[Collector, ...]] = (
    *health.COLLECTORS,
    *interfaces.COLLECTORS,
    *wireless.COLLECTORS,
    *devices.COLLECTORS,
    *clients.COLLECTORS,
    *topology.COLLECTORS,
    *routes.COLLECTORS,
    *device_log.COLLECTORS,
)
JOBS: Final[tuple[Job, ...]] = devices.JOBS
JUDGE: Final[Judge] = reachability.judge
