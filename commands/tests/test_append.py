"""Cases concluded on a real bus: from memory where that is safe, once whatever comes again, no name held twice."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from commands.engine.aggregate import CAUSES_MAX, Aggregates, Loaded
from commands.engine.append import DECISIONS_MAX, Case, Ledger
from commands.engine.cause import Cause
from commands.engine.claim import Claim, Take
from commands.engine.handler import Fold, Outcome, Trigger
from commands.tests.house import House
from contracts.devices import DeviceRenamed
from contracts.language.envelope import Envelope
from contracts.language.errors import AlreadyExists, NotFound, StaleState
from contracts.language.identity import DeviceId, TenantId
from contracts.language.message import Event
from contracts.language.subject import Kind

NAME = Claim(purpose="tests.name", taken="“{value}” is taken. Choose another.")


def count(state: int, _fact: Event) -> int:
    return state + 1


def newest(_state: str, fact: Event) -> str:
    return fact.title if isinstance(fact, DeviceRenamed) else ""


COUNT: Fold[int] = Fold(word="devices", initial=0, evolve=count)
NEWEST: Fold[str] = Fold(word="devices", initial="", evolve=newest, is_overwriting=True)


class Counts:
    """The bus, with the number of calls made of it."""

    def __init__(self, bus: Any) -> None:
        self._bus = bus
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._bus, name)


class Desk:
    """A ledger with a memory of its own, as one copy of the process has it."""

    def __init__(self, house: House, bus: Any) -> None:
        self.house = house
        self.bus = Counts(bus)
        self.aggregates = Aggregates(self.bus)
        self.ledger = Ledger(self.bus, house.keys, self.aggregates)

    def case(self, fold: Fold[Any], entity: UUID, identity: str, decide: Any, after: int | None = None) -> Case[Any]:
        envelope = Envelope(id=identity, occurred_at=datetime.now(UTC), source="test")
        cause = Cause(envelope, self.house.tenant_id, datetime.now(UTC))
        return Case(fold=fold, entity=str(entity), cause=cause, decide=decide, decided_after=after)


@pytest.fixture
async def desk(house: House) -> Desk:
    return Desk(house, await house.bus("commands"))


@pytest.fixture
async def other_desk(house: House) -> Desk:
    return Desk(house, await house.connect("commands"))


def renamed(entity: UUID, title: str) -> DeviceRenamed:
    return DeviceRenamed(device_id=DeviceId(entity), title=title, previous_title="")


def renaming(entity: UUID, title: str, *more: Outcome):
    def decide(_loaded: Loaded[Any], _trigger: Trigger) -> Sequence[Outcome]:
        return (renamed(entity, title), *more)

    return decide


async def test_what_was_just_written_is_decided_on_without_reading(desk: Desk):
    entity = uuid4()
    await desk.ledger.conclude(desk.case(NEWEST, entity, "a", renaming(entity, "A")))
    desk.bus.calls.clear()
    await desk.ledger.conclude(desk.case(NEWEST, entity, "b", renaming(entity, "B")))
    assert desk.bus.calls == ["append"]


@pytest.mark.parametrize("fold", [COUNT, NEWEST], ids=["all", "latest"])
async def test_a_state_that_another_copy_has_changed_is_read_again(desk: Desk, other_desk: Desk, fold: Fold[Any]):
    entity = uuid4()
    seen: list[Any] = []

    def decide(loaded: Loaded[Any], _trigger: Trigger) -> Sequence[Outcome]:
        seen.append(loaded.state)
        return (renamed(entity, "C"),)

    await desk.ledger.conclude(desk.case(fold, entity, "a", renaming(entity, "A")))
    await other_desk.ledger.conclude(other_desk.case(fold, entity, "b", renaming(entity, "B")))
    await desk.ledger.conclude(desk.case(fold, entity, "c", decide))
    assert seen == ([1, 2] if fold is COUNT else ["A", "B"])


async def test_what_comes_again_is_found_even_when_later_facts_of_its_kind_hide_it(desk: Desk, other_desk: Desk):
    entity = uuid4()

    def twice(title: str) -> Any:
        return renaming(entity, title, renamed(entity, f"{title} again"))

    first = await desk.ledger.conclude(desk.case(NEWEST, entity, "a", twice("A")))
    await desk.ledger.conclude(desk.case(NEWEST, entity, "b", twice("B")))
    again = await other_desk.ledger.conclude(other_desk.case(NEWEST, entity, "a", twice("A"), after=0))
    assert again == first
    assert len(await desk.house.facts("devices")) == 4


async def test_a_cause_that_comes_again_is_found_in_memory_while_it_lasts(desk: Desk):
    entity = uuid4()
    first = await desk.ledger.conclude(desk.case(NEWEST, entity, "a", renaming(entity, "A")))
    for number in range(CAUSES_MAX - 1):
        await desk.ledger.conclude(desk.case(NEWEST, entity, f"b{number}", renaming(entity, "B")))
    assert await desk.ledger.conclude(desk.case(NEWEST, entity, "a", renaming(entity, "A"))) == first
    loaded = desk.aggregates.remembered(NEWEST, desk.house.tenant_id, str(entity))
    assert loaded is not None
    assert len(loaded.causes) == CAUSES_MAX


async def test_a_refusal_from_memory_is_checked_against_the_log(desk: Desk, other_desk: Desk):
    entity = uuid4()

    def unless_known(loaded: Loaded[str], _trigger: Trigger) -> Sequence[Outcome]:
        if loaded.state != "B":
            raise NotFound("There is no B. Name it B first.")
        return (renamed(entity, "C"),)

    await desk.ledger.conclude(desk.case(NEWEST, entity, "a", renaming(entity, "A")))
    with pytest.raises(NotFound):
        await desk.ledger.conclude(desk.case(NEWEST, entity, "c", unless_known))
    await other_desk.ledger.conclude(other_desk.case(NEWEST, entity, "b", renaming(entity, "B")))
    assert (await desk.ledger.conclude(desk.case(NEWEST, entity, "c", unless_known))).has_facts


async def test_a_name_is_one_entity_s_at_a_time(desk: Desk, other_desk: Desk):
    one, other = uuid4(), uuid4()
    take = Take(NAME, "Tower")
    await desk.ledger.conclude(desk.case(NEWEST, one, "a", renaming(one, "A", take)))
    with pytest.raises(AlreadyExists, match="tower"):
        await other_desk.ledger.conclude(
            other_desk.case(NEWEST, other, "b", renaming(other, "B", Take(NAME, " tower")))
        )
    assert len(await desk.house.facts("claims")) == 1


async def test_whoever_loses_every_race_is_told_so(desk: Desk, other_desk: Desk):
    entity = uuid4()
    lost = 0

    class Outrun:
        """Somebody else always writes first."""

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.bus, name)

        async def append(self, *arguments: Any) -> Any:
            nonlocal lost
            lost += 1
            await other_desk.ledger.conclude(
                other_desk.case(NEWEST, entity, f"other {lost}", renaming(entity, f"{lost}"))
            )
            return await desk.bus.append(*arguments)

    slow = Ledger(Outrun(), desk.house.keys, desk.aggregates)
    with pytest.raises(StaleState):
        await slow.conclude(desk.case(NEWEST, entity, "a", renaming(entity, "A")))
    assert lost == DECISIONS_MAX


async def test_memory_is_bounded_and_forgets_what_was_unused_for_longest(desk: Desk):
    aggregates = Aggregates(desk.bus, entities_max=2)
    one, two, three = (str(uuid4()) for _ in range(3))
    tenant = desk.house.tenant_id
    for entity in (one, two):
        await aggregates.fresh(NEWEST, tenant, entity)
    assert aggregates.remembered(NEWEST, tenant, one) is not None
    await aggregates.fresh(NEWEST, tenant, three)
    known = [aggregates.remembered(NEWEST, tenant, entity) is not None for entity in (one, two, three)]
    assert known == [True, False, True]


def test_a_fold_of_a_tenant_lies_under_the_tenant_itself():
    entity = str(uuid4())
    rule = msgspec.structs.replace(NEWEST, is_tenant=True)
    assert rule.filter(TenantId(UUID(int=0)), entity) == f"tod.{entity}.{Kind.FACT}.devices.{entity}.>"
