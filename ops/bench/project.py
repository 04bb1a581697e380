"""What projecting costs.

Device-polls a second from the stream to committed rows, beside raw COPY of the same rows in the same run.

A poll is the whole of one: health, counters of 24 interfaces, two radios with six stations, routes; every read model
of the stream takes part. The COPY it is held against is the client library's own, of rows that are ready, into tables
without an index.
"""

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
import msgspec

from contracts.catalog import CODEC
from contracts.health import HealthObserved
from contracts.interfaces import InterfacesCounted
from contracts.language.codec import body, part_name
from contracts.language.delivery import Delivery, Outgoing
from contracts.language.envelope import Envelope
from contracts.language.message import Observation
from contracts.language.transport import Transport
from contracts.polls import PollObserved
from contracts.routes import DefaultRoute, RoutesCounted
from contracts.wireless import Radio, Stack, Station, WirelessObserved
from migrations.apply import migrate
from migrations.grants import USERS, inbox
from migrations.streams import provision
from ops.connections.nats import NatsBus, connect
from ops.embedded.servers import Servers
from ops.embedded.site import Site, open_site
from projections.catalog import PROJECTIONS
from projections.engine import generation
from projections.engine.changes import Appended, Change, Replaced
from projections.engine.connection import open_connection
from projections.engine.projector import run
from projections.engine.reading import Reader
from projections.engine.rebuild import rebuild
from projections.engine.rows import Model

DEVICES: Final = 1000
ROUNDS: Final = 16
WARM_UP: Final = 2 * DEVICES
BATCH: Final = 500
INTERFACES: Final = 24
STATIONS: Final = 6
STREAM: Final = "OBSERVATIONS"
TENANTS: Final = tuple(UUID(int=number) for number in range(1, 6))
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
GARBAGE_THRESHOLDS: Final = (100_000, 50, 1000)
MODELS: Final = tuple(projection for projection in PROJECTIONS if projection.stream == STREAM)
REBUILT: Final = next(projection for projection in MODELS if projection.name == "health")


async def measure() -> dict[str, float]:
    """Polls and rows per second through the projector, its ratio to COPY, and messages per second of a rebuild."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    polls = list(_polls())
    with tempfile.TemporaryDirectory(prefix="tod-bench-") as folder:
        servers = Servers(open_site(Path(folder), takes_usual_ports=False), USERS)
        try:
            await asyncio.to_thread(servers.start)
            await migrate(
                servers.site.postgres_url("postgres", "tod"),
                tenant_token_key=("bench", "00" * 32),
                role_passwords=servers.site.login_passwords(),
            )
            async with _bus(servers.site, "migrations") as bus:
                await provision(bus)
            async with _bus(servers.site, "pollers") as bus:
                for start in range(0, len(polls), BATCH):
                    await bus.publish_many(polls[start : start + BATCH])
            return await _figures(servers.site, polls)
        finally:
            await asyncio.to_thread(servers.stop)


async def _figures(site: Site, polls: Sequence[Outgoing]) -> dict[str, float]:
    url = site.postgres_url("tod_projector", "tod")
    async with _bus(site, "projections") as bus:
        projected = await _project(bus, url, len(polls))
        changes = list(_changes(polls))
        rows = sum(len(_rows(change)) for change in changes)
        copied = len(polls) / await _copy(site.postgres_url("postgres", "tod"), changes)
        rebuilt = await rebuild(bus, partial(open_connection, url), REBUILT, CODEC)
    return {
        "project.device_polls_per_s": projected,
        "project.rows_per_s": projected * rows / len(polls),
        "project.rows_per_poll": rows / len(polls),
        "project.copy_device_polls_per_s": copied,
        "project.ratio_to_copy": projected / copied,
        "project.rebuild_messages_per_s": rebuilt.messages / rebuilt.seconds,
    }


async def _project(bus: NatsBus, url: str, total: int) -> float:
    """Polls a second between the end of the warm-up and the last one."""
    projecting = asyncio.create_task(run(bus, partial(open_connection, url), MODELS, CODEC))
    watching = await open_connection(url)
    try:
        first = await _passed(watching, WARM_UP)
        begun = time.perf_counter()
        await _passed(watching, total)
        return (total - first) / (time.perf_counter() - begun)
    finally:
        projecting.cancel()
        await asyncio.gather(projecting, return_exceptions=True)
        await watching.close()


async def _passed(connection: "asyncpg.Connection[Any]", sequence: int) -> int:
    """Wait until every model has passed a sequence; where they are then."""
    while True:
        rows = await connection.fetch("SELECT sequence FROM tod.checkpoints")
        if len(rows) == len(MODELS) and (least := min(row["sequence"] for row in rows)) >= sequence:
            return int(least)
        await asyncio.sleep(0.01)


def _changes(polls: Sequence[Outgoing]) -> Iterator[Change]:
    """What the projector writes for these polls, made without a database."""
    deliveries = [
        Delivery(poll.subject, poll.headers, poll.data, STREAM, sequence, datetime.now(UTC))
        for sequence, poll in enumerate(polls, start=1)
    ]
    models = [Model(projection) for projection in MODELS]
    reader = Reader(CODEC, None)
    for start in range(0, len(deliveries), BATCH):
        happened = [each for reading in reader.read(deliveries[start : start + BATCH]) for each in reading.happened]
        for model in models:
            wanted = [each for each in happened if model.wants(type(each.message))]
            missing: dict[Any, dict[Any, None]] = {}
            for each in wanted:
                model.missing(each, missing)
            for sink, groups in missing.items():
                sink.load(groups, [])
            for each in wanted:
                model.apply(each)
            yield from model.take()[0]


def _rows(change: Change) -> list[Any]:
    if isinstance(change, Appended):
        return change.rows
    return [*change.fresh, *change.rows] if isinstance(change, Replaced) else change.opened


async def _copy(url: str, changes: Sequence[Change]) -> float:
    """Seconds that raw COPY of these rows takes, in transactions of the same size."""
    connection = await open_connection(url)
    try:
        await connection.execute("CREATE SCHEMA raw")
        for projection in MODELS:
            live = await generation.current(connection, projection)
            for table in projection.tables:
                like = f"{live.schema_name}.{table.name}"
                await connection.execute(
                    f"CREATE TABLE raw.{table.name} (LIKE {like}) WITH (toast_tuple_target = 8160)"
                )
        begun = time.perf_counter()
        for change in changes:
            await connection.copy_records_to_table(change.table.name, schema_name="raw", records=_rows(change))
        return time.perf_counter() - begun
    finally:
        await connection.close()


def _polls() -> Iterator[Outgoing]:
    """Rounds over a fleet whose counters grow."""
    chance = random.Random(1)  # noqa: S311  # the same fleet on every run
    counters = [[[chance.randrange(10**12) for _ in range(INTERFACES)] for _ in range(4)] for _ in range(DEVICES)]
    for tick in range(1, ROUNDS + 1):
        for device in range(DEVICES):
            grown = [[count + chance.randrange(10**7) for count in each] for each in counters[device]]
            counters[device] = grown
            parts = {part_name(type(each)): msgspec.Raw(body(each)) for each in _parts(chance, grown, tick)}
            poll = PollObserved(epoch=1, tick=tick, took_ms=12.5, rung=Transport.TLS_PINNED, parts=parts)
            at = BEGIN + timedelta(seconds=60 * (tick + device / DEVICES))
            envelope = Envelope(id=f"{device}-{tick}", occurred_at=at, source="bench")
            entity = uuid5(TENANTS[0], str(device))
            yield CODEC.encode(poll, TENANTS[device % len(TENANTS)], envelope, entity=entity)


def _parts(chance: random.Random, counters: Sequence[Sequence[int]], tick: int) -> Iterator[Observation]:
    yield HealthObserved(
        uptime_seconds=60.0 * tick,
        cpu_load_percent=chance.randrange(100),
        memory_total_bytes=2**30,
        memory_free_bytes=chance.randrange(2**30),
        storage_total_bytes=2**27,
        storage_free_bytes=chance.randrange(2**27),
        temperature_celsius=40 + chance.random() * 10,
        voltage_volts=24.1,
        sensors={"temperature": 41.0, "voltage": 24.1, "cpu-temperature": 55.0, "fan1-speed": 4000.0},
        states={"psu1-state": "ok"},
    )
    rx_bytes, tx_bytes, rx_packets, tx_packets = (tuple(each) for each in counters)
    none = (0,) * INTERFACES
    yield InterfacesCounted(
        names=tuple(f"ether{number}" for number in range(1, INTERFACES + 1)),
        is_running=(True,) * INTERFACES,
        rx_bytes=rx_bytes,
        tx_bytes=tx_bytes,
        rx_packets=rx_packets,
        tx_packets=tx_packets,
        rx_drops=none,
        tx_drops=none,
        rx_errors=none,
        tx_errors=none,
        link_downs=none,
    )
    yield WirelessObserved(
        radios=tuple(
            Radio(
                interface=name, stack=Stack.WIFI, ssid="net", noise_dbm=-100.0, station_count=3, signal_worst_dbm=-70.0
            )
            for name in ("wifi1", "wifi2")
        ),
        stations=tuple(
            Station(
                mac=f"02:00:00:00:00:{number:02X}",
                interface="wifi1",
                signal_dbm=-60.0,
                tx_bytes=chance.randrange(10**9),
            )
            for number in range(STATIONS)
        ),
    )
    yield RoutesCounted(total=120, default_routes=(DefaultRoute(destination="0.0.0.0/0", gateway="192.0.2.1"),))


@asynccontextmanager
async def _bus(site: Site, user: str) -> AsyncIterator[NatsBus]:
    seed = site.secrets.seed_file(user).read_text(encoding="ascii").strip()
    bus = await connect(site.nats_url, user=user, seed=seed, inbox=inbox(user))
    try:
        yield bus
    finally:
        await bus.close()
