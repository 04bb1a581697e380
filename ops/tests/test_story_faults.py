"""Story: everything is killed, again and again, while routers are polled and commands come in; nothing said is lost.

What is killed, and after how many answers, follows from a seed: `ops/test ops/tests/test_story_faults.py --fault-seed 7
--fault-rounds 100` plays the same again, and longer. What the processes were doing at that moment does not follow.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from uuid import uuid4

import httpx
import pytest

from contracts.catalog import CODEC
from contracts.devices import DeviceRenamed
from contracts.language.access import Role
from contracts.language.codec import Recorded
from contracts.language.message import Command, Event
from contracts.polls import PollFailed, PollObserved
from migrations.grants import inbox
from ops.connections.nats import NatsBus, connect
from ops.testing.installation import PROCESSES, SERVERS, Installation, Person
from projections.catalog import PROJECTIONS
from projections.engine.rebuild import rebuild

ROUTERS = (3, 4)
ANSWERS_BETWEEN_MAX = 6
"""Commands that are answered between two kills, at most."""
TRY_AGAIN_SECONDS = 0.1


class Client:
    """Renames devices without end, each under a key of its own until somebody answers, and notes what it was told."""

    def __init__(self, person: Person, devices: list[str], chance: random.Random) -> None:
        self._person = person
        self._devices = devices
        self._chance = chance
        self.granted: dict[str, str] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            title = f"Mast {uuid4().hex}"
            device = self._chance.choice(self._devices)
            await self._insist(device, title, key=str(uuid4()))
            self.granted[title] = device

    async def _insist(self, device: str, title: str, *, key: str) -> None:
        while True:
            with suppress(httpx.TransportError):
                answer = await self._person.ask("PUT", f"/devices/{device}/title", {"title": title}, key=key)
                if answer.is_success and (answer.status_code == HTTPStatus.OK or answer.json()["state"] == "done"):
                    return
                assert answer.is_success or answer.is_server_error, f"refused: {answer.text}"
            await asyncio.sleep(TRY_AGAIN_SECONDS)


async def test_nothing_that_was_acknowledged_is_lost_whatever_dies(
    installation: Installation, pytestconfig: pytest.Config
):
    seed, rounds = pytestconfig.getoption("fault_seed"), pytestconfig.getoption("fault_rounds")
    chance = random.Random(seed)
    async with installation.tenant() as (tenant, person), installation.signed_in(Role.SUPER_ADMIN) as root:
        devices = [(await installation.adopt(person, number))["device_id"] for number in ROUTERS]
        client = Client(person, devices, random.Random(seed))
        working = asyncio.create_task(client.run())
        for _ in range(rounds):
            enough = len(client.granted) + chance.randint(1, ANSWERS_BETWEEN_MAX)
            await installation.until(partial(has_granted, client, working, enough))
            for name in chance.sample((*PROCESSES, *SERVERS), chance.choice((1, 1, 1, 2))):
                installation.children[name].kill()
            await installation.until(installation.serves)
        await installation.until(partial(has_granted, client, working, len(client.granted) + 2))
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await installation.settled(root)
        try:
            async with installation.bus() as bus:
                await check_ledger(bus, tenant, client.granted)
                lost = await check_observations(bus, devices)
            for device in devices:
                assert (await person.get(f"/devices/{device}/polls"))["missed_total"] == lost[device]
            await check_tables(installation)
        finally:
            pollers = installation.children["pollers"]
            pollers.start()
            installation.supervisor.watch([pollers])


async def has_granted(client: Client, working: "asyncio.Task[None]", count: int) -> bool:
    if working.done():
        working.result()
    return len(client.granted) >= count


async def check_ledger(bus: NatsBus, tenant: str, granted: Mapping[str, str]) -> None:
    """Every rename that was granted is one fact, and every action has exactly one outcome."""
    said = [recorded for each in await bus.history("LEDGER", f"tod.{tenant}.>") for recorded in CODEC.decode(each)]
    renames = [each.message for each in said if isinstance(each.message, DeviceRenamed)]
    told = Counter(fact.title for fact in renames)
    assert {title: told[title] for title in granted} == dict.fromkeys(granted, 1)
    assert all(str(fact.device_id) == granted[fact.title] for fact in renames if fact.title in granted)
    outcomes = outcomes_by_action(said)
    actions = [each.envelope.id for each in said if isinstance(each.message, Command)]
    assert len(actions) == len(set(actions)), "an action that was sent again was stored again"
    for action in actions:
        assert len(outcomes[action]) == 1, f"action {action} has {len(outcomes[action])} outcomes"


def outcomes_by_action(said: list[Recorded]) -> dict[str, set[str]]:
    """By action, the deciding facts that it caused; a claim only comes along with one."""
    outcomes: dict[str, set[str]] = defaultdict(set)
    for each in said:
        is_decided = isinstance(each.message, Event) and each.message.name.partition(".")[0] != "claims"
        if is_decided and not each.message.name.endswith("login_asked"):
            outcomes[each.envelope.causation].add(each.envelope.id)
    return outcomes


async def check_observations(bus: NatsBus, devices: list[str]) -> dict[str, int]:
    """No look is stored twice; how many never arrived, by device, as the gaps in its ticks say it."""
    looks: dict[str, list[tuple[int, int]]] = {device: [] for device in devices}
    for delivery in await bus.history("OBSERVATIONS", "tod.*.obs.polls.>"):
        for recorded in CODEC.decode(delivery):
            if isinstance(recorded.message, PollObserved | PollFailed) and recorded.entity in looks:
                looks[recorded.entity].append((recorded.message.epoch, recorded.message.tick))
    lost = {}
    for device, seen in looks.items():
        assert len(seen) == len(set(seen)), "a look was stored twice"
        assert seen == sorted(seen), "a look was stored after a later one"
        last = dict(seen)  # sorted, so that the last tick of an epoch stays
        lost[device] = sum(last.values()) - len(seen)
    return lost


async def check_tables(installation: Installation) -> None:
    """Every table is what the log says, row for row."""
    seed = installation.site.secrets.seed_file("projections").read_text(encoding="ascii").strip()
    bus = await connect(installation.site.nats_url, user="projections", seed=seed, inbox=inbox("projections"))
    try:
        for projection in PROJECTIONS:
            built = await rebuild(bus, installation.projector_connections(), projection, CODEC, only_compares=True)
            assert not built.differences, f"{projection.name}: {built.differences[:3]}"
    finally:
        await bus.close()
