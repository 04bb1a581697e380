"""One real consumer that decides: it stands for `commands` and `projections` together in the gateway's own tests.

It takes actions from the log, appends facts, writes rows with their checkpoint, announces them, and answers.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from contracts.audit import ActionRefused
from contracts.catalog import CODEC
from contracts.devices import AddDevice, Address, Credential, DeviceAdded, DeviceRenamed, RenameDevice
from contracts.language.codec import Recorded
from contracts.language.delivery import Answer, Bus, Delivery
from contracts.language.envelope import ANSWER_TO, Envelope
from contracts.language.identity import ActionId
from contracts.language.message import Event
from contracts.language.subject import live_subject
from contracts.tenants import CreateTenant, TenantCreated


class Decider:
    """Takes actions and does what they ask. `is_silent` keeps it from answering, `is_blind` from writing rows."""

    def __init__(self, commands: Bus, announcer: Bus, pool: "asyncpg.Pool[Any]") -> None:
        self._commands = commands
        self._announcer = announcer
        self._pool = pool
        self.is_silent = False
        self.is_blind = False
        self.decided: list[Delivery] = []

    async def run(self) -> None:
        """Until cancelled."""
        async for batch in self._commands.take("LEDGER", "actions"):
            for delivery in batch:
                for recorded in CODEC.decode(delivery):
                    self.decided.append(delivery)
                    await self._decide(delivery, recorded)
                await self._commands.settle(delivery)

    async def _decide(self, delivery: Delivery, action: Recorded) -> None:
        fact, code = _decided(action)
        envelope = Envelope(
            id=f"{action.envelope.id}-1",
            occurred_at=datetime.now(UTC),
            source="/test",
            causation=action.envelope.id,
        )
        appended = await self._commands.append([CODEC.encode(fact, action.tenant_id, envelope)], [])
        if not self.is_blind:
            await self._project(action, fact, appended.sequence, code)
        answer_to = delivery.headers.get(ANSWER_TO)
        if answer_to and not self.is_silent:
            told = fact.message if isinstance(fact, ActionRefused) else ""
            answer = Answer(sequence=appended.sequence, entity=action.entity, code=code, message=told)
            await self._commands.notify(answer_to, msgspec.json.encode(answer))

    async def _project(self, action: Recorded, fact: Event, sequence: int, code: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(*_change(action, fact, sequence))
            message = getattr(fact, "message", "")
            await connection.execute(
                "INSERT INTO read.audit VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now()) ON CONFLICT DO NOTHING",
                *(action.tenant_id, UUID(action.envelope.id), action.message.name, action.entity),
                *(action.envelope.actor, "refused" if code else "done", sequence, code, message),
            )
            await connection.execute(
                "UPDATE tod.checkpoint SET sequence = $1 WHERE schema_name <> 'health_v1_g1'", sequence
            )
        notice = {"model": "devices", "stream": "LEDGER", "sequence": sequence, "keys": [action.entity], "count": 1}
        await self._announcer.notify(live_subject(action.tenant_id, "devices"), msgspec.json.encode(notice))


def _change(action: Recorded, fact: Event, sequence: int) -> tuple[Any, ...]:
    match fact:
        case DeviceAdded():
            statement = "INSERT INTO read.devices VALUES ($1, $2, $3, $4, NULL, '[]', '192.0.2.1', now(), $5)"
            columns = (action.tenant_id, fact.device_id, fact.title, fact.address.host, sequence)
            return (f"{statement} ON CONFLICT DO NOTHING", *columns)
        case DeviceRenamed():
            statement = "UPDATE read.devices SET title = $2, sequence = $3 WHERE device_id = $1"
            return (statement, fact.device_id, fact.title, sequence)
        case TenantCreated():
            return ("INSERT INTO read.tenants VALUES ($1, $2, $3)", fact.tenant_id, fact.title, sequence)
        case _:
            return ("SELECT 1",)


def _decided(action: Recorded) -> tuple[Event, str]:
    match action.message:
        case AddDevice(title="taken"):
            return _refusal(action, "resource.taken", "A device of this name exists already"), "resource.taken"
        case AddDevice() as add:
            address = Address(host=add.host, api_port=add.api_port, tls_port=add.tls_port, transport=add.transport)
            credential = Credential(username=add.username, password=add.password)
            return DeviceAdded(device_id=add.device_id, title=add.title, address=address, credential=credential), ""
        case RenameDevice() as rename:
            return DeviceRenamed(device_id=rename.device_id, title=rename.title, previous_title=""), ""
        case CreateTenant() as create:
            return TenantCreated(tenant_id=create.tenant_id, title=create.title), ""
        case _:
            return _refusal(action, "resource.unknown", "There is no such device"), "resource.unknown"


def _refusal(action: Recorded, code: str, message: str) -> ActionRefused:
    return ActionRefused(
        action_id=ActionId(UUID(action.envelope.id)),
        command=action.message.name,
        about=action.entity,
        code=code,
        message=message,
    )
