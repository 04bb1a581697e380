"""The deciding process on a bus of its own, and the ends that others hold: gateway, pollers, a reader of the log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec

from commands.catalog import CATALOG
from commands.engine.handler import Catalog
from commands.engine.keys import KeyService
from commands.engine.memory import Cache
from commands.engine.worker import run
from commands.mail import MailOffice
from contracts.catalog import CODEC
from contracts.devices import AddDevice
from contracts.language.codec import Recorded
from contracts.language.delivery import Answer, Bus
from contracts.language.envelope import ANSWER_TO, Envelope
from contracts.language.identity import DeviceId, TenantId
from contracts.language.message import Command, Event, Message
from contracts.language.sealed import Sealed, tenant_key
from contracts.language.subject import Kind, kind_filter
from ops.connections.nats import NatsBus
from ops.testing.plugin import ConnectBus

PATIENCE_SECONDS = 20.0
PUBLIC_URL = "https://tod.example"
Seen = TypeVar("Seen")
Wrapper = Callable[[Bus], Bus]


class House:
    """What a test asks of the process, and what it sees of it from outside."""

    def __init__(
        self, connect: ConnectBus, keys: KeyService, cache: Cache, tenant_id: TenantId, mail: Path | None
    ) -> None:
        self.connect = connect
        self.cache = cache
        self.mail: Path | None = mail
        self.keys = keys
        self.tenant_id = tenant_id
        self._buses: dict[str, NatsBus] = {}

    async def bus(self, user: str) -> NatsBus:
        if user not in self._buses:
            self._buses[user] = await self.connect(user)
        return self._buses[user]

    async def worker(self, catalog: Catalog = CATALOG, *, wrapper: Wrapper = lambda bus: bus) -> "asyncio.Task[None]":
        bus = wrapper(await self.connect("commands"))
        office = MailOffice(bus, self.keys, public_url=PUBLIC_URL, folder=str(self.mail or ""))
        return asyncio.create_task(run(bus, self.keys, self.cache, office, catalog))

    @asynccontextmanager
    async def running(
        self, catalog: Catalog = CATALOG, *, copies: int = 1, wrapper: Wrapper = lambda bus: bus
    ) -> AsyncIterator[None]:
        workers = [await self.worker(catalog, wrapper=wrapper) for _ in range(copies)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            for ended in await asyncio.gather(*workers, return_exceptions=True):
                assert isinstance(ended, asyncio.CancelledError)

    async def publish(self, message: Message, *, user: str) -> int:
        envelope = Envelope(id=str(uuid4()), occurred_at=datetime.now(UTC), source=user)
        bus = await self.bus(user)
        return (await bus.publish(CODEC.encode(message, self.tenant_id, envelope))).sequence

    async def ask(self, command: Command, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask as the gateway does, and wait for the answer."""
        _action_id, waiting = await self.send(command, headers=headers)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await waiting

    async def send(
        self,
        command: Command,
        *,
        action_id: UUID | None = None,
        tenant_id: TenantId | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[UUID, "asyncio.Future[Answer]"]:
        action_id = action_id or uuid4()
        gateway = await self.bus("gateway")
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        inbox = f"_INBOX_gateway.test.{uuid4().hex}"

        async def hear(_subject: str, data: bytes) -> None:
            if not waiting.done():
                waiting.set_result(msgspec.json.decode(data, type=Answer))

        await gateway.listen(inbox, hear)
        envelope = Envelope(id=str(action_id), occurred_at=datetime.now(UTC), source="gateway", actor="operator:test")
        action = CODEC.encode(command, tenant_id or self.tenant_id, envelope)
        action.headers.update({ANSWER_TO: inbox, **(headers or {})})
        await gateway.publish(action)
        return action_id, waiting

    async def facts(self, word: str = "*", *, tenant: UUID | str = "*") -> list[Recorded]:
        """Every fact in the ledger, oldest first."""
        return await self.recorded("LEDGER", kind_filter(Kind.FACT, word, tenant))

    async def events(self, *words: str) -> list[Event]:
        """What the facts of some words say, oldest first."""
        everything = [fact.message for fact in await self.facts()]
        return [event for event in everything if isinstance(event, Event) and event.name.partition(".")[0] in words]

    async def recorded(self, stream: str, subjects: str) -> list[Recorded]:
        operator = await self.bus("operator")
        return [
            recorded for delivery in await operator.history(stream, subjects) for recorded in CODEC.decode(delivery)
        ]

    def adding(self, title: str = "Tower 1", host: str = "10.0.0.1", **more: Any) -> AddDevice:
        """A command that is right, for a device of its own."""
        return AddDevice(
            device_id=DeviceId(uuid4()),
            title=title,
            host=host,
            username="admin",
            password=Sealed(tenant_key(self.tenant_id), "vault:v1:c2VjcmV0"),
            **more,
        )


async def eventually(look: Callable[[], Awaitable[Seen]]) -> Seen:
    """Look again until there is something to see."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if seen := await look():
                return seen
            await asyncio.sleep(0.02)
