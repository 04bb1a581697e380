"""What the gateway counts about itself, for Prometheus.

The page needs the platform's permission: it names routes and loads.
"""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from contracts.language.access import Permission
from gateway.http.endpoints import Answer, Endpoint

PATH = "/metrics"


class Metrics:
    """The counters of one gateway; a registry of its own, so that two of them in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "tod_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "tod_http_request_seconds",
            "From the first byte in to the last byte out.",
            ("method", "route"),
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self._registry,
        )

    def finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def watch(self, name: str, says: str, value: Callable[[], float]) -> None:
        """A figure that is read whenever somebody asks."""
        Gauge(name, says, registry=self._registry).set_function(value)

    def endpoint(self) -> Endpoint:
        """Its route."""
        return Endpoint(
            method="GET",
            path=PATH,
            access=Permission.PLATFORM_READ,
            handler=self._answer,
            summary="What the gateway counts about itself, for Prometheus.",
            answers=(Answer(200, "Counters in the text format.", media_type="text/plain"),),
        )

    async def _answer(self, _request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
