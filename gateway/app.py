"""The gateway put together: routes from the declarations, one guard, one error map, one frame around all of it.

Whoever starts it hands in what it stands on; nothing here reads a setting or opens a connection.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from secrets import token_hex
from typing import Any, Final

import asyncpg
from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send

from contracts.api_keys import UNSCOPED
from contracts.catalog import COMMANDS, MESSAGES
from contracts.language.access import Permission, Role, is_allowed
from contracts.language.delivery import Bus
from contracts.language.message import CommandSpec
from contracts.language.streams import LEDGER
from gateway.http.actions import Actions
from gateway.http.authentication import AccessKeys, Keyring
from gateway.http.authorization import Guard, asked_by_routes
from gateway.http.command_routes import Commands
from gateway.http.endpoints import options_of
from gateway.http.freshness import Freshness
from gateway.http.headers import ACCEPTED, EXPOSED, Frame
from gateway.http.health import Health, Probe
from gateway.http.limits import BODY_BYTES_MAX, RATES, Cache, Limit, RateClass, Rates
from gateway.http.live import PATH as LIVE_PATH
from gateway.http.live import Live, LiveModel
from gateway.http.metrics import Metrics
from gateway.http.notices import Hub
from gateway.http.openapi import document
from gateway.http.outcomes import Outcomes
from gateway.http.problems import answer_problem
from gateway.http.queries import Queries, load
from gateway.http.questions import Questions
from gateway.http.reference import Reference
from gateway.http.revocations import Revocations
from gateway.http.schemas import MessageSchemas
from gateway.http.sealing import KeyService
from gateway.http.shapes import Json
from gateway.http.strangers import Strangers
from gateway.http.tenancy import Tenancy
from gateway.http.view_routes import Views
from gateway.http.views import View
from gateway.routes import LIVE, VIEWS
from gateway.routes.enrolments import EnrolmentRoutes
from gateway.routes.sessions import SignInRoutes

VERSION: Final = "0.1.0"
COMPRESSED_BYTES_MIN: Final = 1024
COMPRESSION_LEVEL: Final = 4


class Gateway:
    """The application as a server runs it, inside `running`.

    `stop` sends those away who follow the event stream, so that a server may end.
    """

    def __init__(
        self,
        app: Litestar,
        frame: Frame,
        running: Callable[[], AbstractAsyncContextManager[None]],
        stop: Callable[[], None],
        described: Json,
    ) -> None:
        self.app = app
        self.document = described
        self.running = running
        self.stop = stop
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._frame(scope, receive, send)


def build_app(
    *,
    bus: Bus,
    pool: "asyncpg.Pool[asyncpg.Record]",
    cache: Cache,
    keys: KeyService,
    access_keys: AccessKeys,
    cors_origins: Sequence[str] = (),
    is_behind_tls: bool = False,
    rates: Mapping[RateClass, Limit] = RATES,
    commands: Sequence[CommandSpec] = COMMANDS,
    views: Sequence[View] = VIEWS,
    live: Sequence[LiveModel] = LIVE,
    queries: Queries | None = None,
) -> Gateway:
    """Put the gateway together over open connections; the last four are what it serves, and are replaced in tests only.

    Raises ContractBroken for declarations that do not fit together.
    """
    tenancy, freshness, metrics, keyring = Tenancy(pool), Freshness(pool), Metrics(), Keyring(access_keys)
    hub, actions, reference = Hub(bus, freshness.announced), Actions(bus, token_hex(6)), Reference()
    questions, revocations, rated = Questions(bus), Revocations(bus), Rates(cache, rates)
    answers = Views(views, load() if queries is None else queries, tenancy, freshness, questions)
    asks = Commands(commands, keys, cache, Outcomes(actions, answers, freshness), questions)
    probes: dict[str, Probe] = {
        "postgres": lambda: pool.fetchval("SELECT 1"),
        "redis": lambda: cache.ping(),  # noqa: PLW0108 - not looked at before it is asked: `describe` has no cache
        "nats": lambda: bus.head(LEDGER.name),
    }
    endpoints = (
        *Health(probes, VERSION).endpoints(),
        *reference.endpoints(),
        *SignInRoutes(questions, Strangers(rated), is_behind_tls=is_behind_tls).endpoints(),
        *EnrolmentRoutes(questions, Strangers(rated)).endpoints(),
        metrics.endpoint(),
        Live(live, hub, tenancy, pool, revocations).endpoint(),
        MessageSchemas(MESSAGES).endpoint(),
    )
    routes = [*answers.routes(), *asks.routes(), *(endpoint.route() for endpoint in endpoints)]
    described = document(commands, answers.readers, endpoints, version=VERSION)
    reference.fill(described)
    metrics.watch("tod_http_followers", "Clients that follow the event stream.", lambda: hub.followers)
    app = _litestar(routes, Guard(keyring, rated, revocations, questions), cors_origins)
    frame = Frame(app, metrics, is_behind_tls=is_behind_tls)
    return Gateway(app, frame, partial(_running, keyring, actions, hub, freshness, revocations), hub.close, described)


@asynccontextmanager
async def _running(
    keyring: Keyring, actions: Actions, hub: Hub, freshness: Freshness, revocations: Revocations
) -> AsyncIterator[None]:
    """What has to be there before the first request, and to be closed after the last."""
    await keyring.refresh()
    await revocations.start()
    await actions.start()
    try:
        yield
    finally:
        hub.close()
        await freshness.close()
        await actions.close()
        await revocations.close()


def _litestar(routes: Sequence[HTTPRouteHandler], guard: Guard, origins: Sequence[str]) -> Litestar:
    """Litestar with what is ours in place of its own: errors, limits, reference and log."""
    return Litestar(
        [*options_of(routes), *routes],
        guards=[guard],
        exception_handlers={Exception: answer_problem},
        compression_config=_compression(),
        cors_config=_cors(origins),
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _compression() -> CompressionConfig:
    """Gzip for what is worth it; never for the event stream, which it would hold back."""
    return CompressionConfig(
        backend="gzip",
        minimum_size=COMPRESSED_BYTES_MIN,
        gzip_compress_level=COMPRESSION_LEVEL,
        exclude=[f"^{LIVE_PATH}$"],
    )


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    """Pages of the named origins may ask, with a token in a header; no cookie of ours is ever sent along."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=list(ACCEPTED),
        expose_headers=list(EXPOSED),
        allow_credentials=False,
    )


def described() -> Gateway:
    """The application without any server: declarations alone make it. It can be looked at, and not be run."""
    nothing: Any = None
    return build_app(bus=nothing, pool=nothing, cache=nothing, keys=nothing, access_keys=nothing)


def describe() -> Json:
    """The OpenAPI document."""
    return described().document


def access_matrix() -> str:
    """Every route with what it asks for, and the roles that hold it: a line each, to be read and to be compared.

    `key` stands for an API key with every scope that one may have.
    """
    lines = ["# Every route, the permission that it asks for, and who holds it. Generated, and tried by a test.", ""]
    for method, path, asks in sorted(asked_by_routes(described().app), key=lambda route: (route[1], route[0])):
        if isinstance(asks, Permission):
            who = [role.value for role in Role if is_allowed(role, asks)]
            who += ["key"] if asks not in UNSCOPED else []
        else:
            who = ["anybody"]
        lines.append(f"{method:<6} {path:<56} {asks:<16} {' '.join(who)}")
    return "\n".join(lines) + "\n"
