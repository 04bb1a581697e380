"""A whole installation for stories: the real servers, every process of the house and a small fleet, to use and to kill.

It is put together as `ops/up` does it, from the same declarations and under the same supervisor; only the clock of the
supervisor is the story's own: it looks after its children while the story waits for something.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

import httpx
import msgspec

from contracts.language.access import Role
from migrations.grants import USERS
from ops.cli.log import operator_bus
from ops.cli.token import mint
from ops.connections.nats import NatsBus
from ops.embedded import stack
from ops.embedded.child import Child, run_to_end
from ops.embedded.ports import LOOPBACK
from ops.embedded.seeding import TRANSPORTS
from ops.embedded.servers import Servers
from ops.embedded.site import open_site
from ops.embedded.stack import FIRST_ROUTER, Options
from ops.embedded.supervisor import Supervisor
from ops.provision.postgres import OWNER
from ops.simulator import Fleet, Ports
from ops.simulator.control import Remote
from projections.catalog import PROJECTIONS
from projections.engine.connection import Connect, open_connection

POLL_SECONDS: Final = 2.0
WAIT_SECONDS_MAX: Final = 60.0
LOOK_SECONDS: Final = 0.1
TOKEN_HOURS: Final = 1.0
SIGN_INS_MAX: Final = 10_000
"""Per minute: all stories come from one address."""
PROCESSES: Final = ("projections", "commands", "pollers", "gateway")
SERVERS: Final = ("nats", "postgres", "valkey", "openbao")

Json = dict[str, Any]


class Person:
    """Somebody who is signed in, at the platform's own HTTP interface."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client = client
        self.token = token

    async def get(self, path: str, **words: str | int) -> Json:
        """One resource; anything but a good answer ends the test."""
        answer = await self.client.get(path, params=words)
        assert answer.is_success, f"GET {path}: {answer.status_code} {answer.text}"
        return cast("Json", answer.json())

    async def ask(self, method: str, path: str, body: Mapping[str, object], *, key: str = "") -> httpx.Response:
        """Ask for a change; the same key is the same change."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self.client.request(method, path, json=body, headers=headers)

    async def change(self, method: str, path: str, body: Mapping[str, object]) -> Json:
        """Ask for a change that is granted."""
        answer = await self.ask(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return cast("Json", answer.json())


class Installation:
    """One installation in one folder."""

    def __init__(self, folder: Path, *, devices: int) -> None:
        self.site = open_site(folder, takes_usual_ports=False)
        self.options = Options(
            folder=folder,
            devices=devices,
            poll_interval_seconds=POLL_SECONDS,
            sign_ins_per_minute_max=SIGN_INS_MAX,
            strangers_per_second_max=SIGN_INS_MAX,
        )
        self.servers = Servers(self.site, USERS)
        self.children: dict[str, Child] = {}
        self.supervisor = Supervisor()
        self._control = folder / "fleet.sock"
        ports = Ports(self.site.ports["simulator-api"], self.site.ports["simulator-tls"], 0)
        fleet = Fleet(devices, ports=ports, first=FIRST_ROUTER, data_dir=folder / "simulator")
        self.routers: list[Json] = list(fleet.describe())

    def start(self) -> None:
        """Start servers, fleet and processes."""
        fleet = stack.simulator(self.site, self.options.devices)
        fleet = msgspec.structs.replace(fleet, command=(*fleet.command, "--control", str(self._control)))
        self._watch([*self.servers.children.values(), simulator := Child(fleet, self.site.folder)])
        simulator.start()
        self.servers.start()
        run_to_end(stack.migration(self.site), self.site.folder)
        simulator.wait_ready()
        processes = [Child(program, self.site.folder) for program in stack.processes(self.site, self.options)]
        self._watch(processes)
        for child in processes:
            child.start()
        for child in processes:
            child.wait_ready()

    def _watch(self, children: list[Child]) -> None:
        self.supervisor.watch(children)
        self.children |= {child.name: child for child in children}

    def stop(self) -> None:
        """Take everything down, who asks first and the servers last."""
        self.supervisor.stop(stack.STOP_ORDER)

    async def until(self, is_so: Callable[[], Awaitable[bool]], *, seconds: float = WAIT_SECONDS_MAX) -> None:
        """Wait for a condition, while the supervisor looks after its children."""
        deadline = time.monotonic() + seconds
        while not await is_so():
            assert time.monotonic() < deadline, f"not within {seconds:g} s; {self.last_words()}"
            self.supervisor.tick()
            await asyncio.sleep(LOOK_SECONDS)

    async def settled(self, root: Person) -> None:
        """Have nobody poll, and wait until all that was said is in the tables. The caller starts the pollers again."""
        pollers = self.children["pollers"]
        self.supervisor.children.remove(pollers)
        await asyncio.to_thread(pollers.stop)
        await self.until(partial(self.has_caught_up, root))

    async def serves(self) -> bool:
        """Whether every child is there and answers."""
        return all([await asyncio.to_thread(child.is_serving) for child in self.children.values()])

    def last_words(self) -> str:
        """The end of every process' log, for whoever reads a failed test."""
        return "\n".join(f"--- {name}:\n{self.children[name].tail(5)}" for name in PROCESSES)

    @asynccontextmanager
    async def signed_in(self, role: Role, tenant: str = "") -> AsyncIterator[Person]:
        """Somebody with this role; `tenant` by id or title."""
        token = await mint(self.site.folder, role=role, tenant=tenant, hours=TOKEN_HOURS)
        url = f"http://{LOOPBACK}:{self.site.ports['http']}/api"
        async with httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_SECONDS_MAX
        ) as client:
            yield Person(client, token)

    @asynccontextmanager
    async def tenant(self) -> AsyncIterator[tuple[str, Person]]:
        """A new tenant's id, and its administrator."""
        async with self.signed_in(Role.SUPER_ADMIN) as root:
            made = await root.change("POST", "/tenants", {"title": f"Tenant {uuid4()}"})
        async with self.signed_in(Role.TENANT_ADMIN, made["tenant_id"]) as person:
            yield made["tenant_id"], person

    async def adopt(self, person: Person, number: int) -> Json:
        """Add one of the simulated routers as a device, and wait until it is online."""
        router = self.routers[number]
        made = await person.change("POST", "/devices", self.described(number) | {"password": router["password"]})
        await self.until(partial(self.has_status, person, made["device_id"], "online"))
        return made

    def described(self, number: int) -> Json:
        """A simulated router as it is added, but for its password."""
        router = self.routers[number]
        return {
            "title": f"{router['identity']} {number}",
            "host": router["address"],
            "username": router["username"],
            "api_port": router["api_port"],
            "tls_port": router["tls_port"],
            "transport": str(TRANSPORTS.get(str(router["tls"]), "auto")),
        }

    async def has_status(self, person: Person, device_id: str, status: str) -> bool:
        """Whether a device is shown so."""
        return bool((await person.get(f"/devices/{device_id}"))["status"] == status)

    @asynccontextmanager
    async def fleet(self) -> AsyncIterator[Remote]:
        """The back door of the simulated fleet."""
        async with Remote(self._control) as fleet:
            yield fleet

    @asynccontextmanager
    async def bus(self) -> AsyncIterator[NatsBus]:
        """The log, as the operator reads it."""
        bus = await operator_bus(self.site.folder)
        try:
            yield bus
        finally:
            await bus.close()

    def projector_connections(self) -> Connect:
        """Connections to the tables as the one role that writes them."""
        return partial(open_connection, self.site.environment("projections")["TOD_POSTGRES_URL"])

    def superuser_url(self) -> str:
        """The address of the database for somebody who may look at everything."""
        return self.site.postgres_url(OWNER)

    async def has_caught_up(self, root: Person) -> bool:
        """Whether every read model stands at the end of its stream, as the stream itself says it."""
        async with self.bus() as bus:
            heads = {stream: await bus.head(stream) for stream in {projection.stream for projection in PROJECTIONS}}
        models = (await root.get("/projections"))["items"]
        names = {model["name"] for model in models if model["sequence"] == heads[model["stream"]]}
        return names == {projection.name for projection in PROJECTIONS}
