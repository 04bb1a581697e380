"""What each process may say and hear on NATS, tried on the server: what is not listed here is refused."""

from uuid import UUID

import nats
import pytest

from contracts.language.streams import CONSUMERS, STREAMS
from contracts.language.subject import Kind
from migrations.grants import USERS, inbox

TENANT = UUID(int=7)
SAYS = {
    "gateway": {Kind.ACTION, Kind.ASK},
    "commands": {Kind.FACT, Kind.JOB, Kind.TIMER, Kind.PARKED, Kind.EVIDENCE, Kind.REVOKED},
    "pollers": {Kind.OBSERVATION, Kind.REPORT, Kind.PARKED},
    "projections": {Kind.PARKED, Kind.LIVE},
    "operator": set(),
    "migrations": set(),
}
"""The kinds of message that a process may send: stored ones, and the notices that nobody stores."""
TAKES = {
    "commands": {"actions", "processes", "reports", "due"},
    "pollers": {"jobs"},
}
"""The shared consumers that a process may draw from and acknowledge."""
ROUND_TRIPS = 20
CHANGES = ("CREATE", "UPDATE", "DELETE", "PURGE", "MSG.DELETE")


class Listener:
    """A raw connection as one user that remembers what the server refused."""

    def __init__(self, connection, refused: list[str]) -> None:
        self._connection = connection
        self._refused = refused

    async def is_refused(self, subject: str) -> bool:
        """Whether publishing there is forbidden; the server says so to whoever tried."""
        self._refused.clear()
        await self._connection.publish(subject, b"{}")
        return await self._hears("permissions violation for publish")

    async def _hears(self, what: str) -> bool:
        """Whether the server says so; an answer to a ping has been seen to overtake a refusal, so one is not enough."""
        for _ in range(ROUND_TRIPS):
            await self._connection.flush()
            if any(what in text for text in self._refused):
                return True
        return False

    async def is_deaf(self, subject: str) -> bool:
        """Whether listening there is forbidden."""
        self._refused.clear()
        await self._connection.subscribe(subject)
        return await self._hears("permissions violation for subscription")


EVERYBODY_ELSE = pytest.mark.parametrize("listener", sorted(set(USERS) - {"migrations"}), indirect=True)
"""All but the one that makes streams and consumers."""


@pytest.fixture(params=sorted(USERS))
async def listener(request, bus_account):
    user, refused = request.param, []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    connection = await nats.connect(
        bus_account.url,
        nkeys_seed=str(bus_account.seeds[user]),
        inbox_prefix=inbox(user).encode(),
        error_cb=note,
    )
    yield user, Listener(connection, refused)
    await connection.close()


def test_every_user_is_held_against_this_table():
    assert set(SAYS) == set(USERS)


async def test_a_process_stores_the_kinds_that_are_its_own_and_no_other(listener):
    user, attempt = listener
    for kind in Kind:
        is_its_own = kind in SAYS[user]
        refused = await attempt.is_refused(f"tod.{TENANT}.{kind.value}.devices.{TENANT}.tried")
        assert refused is not is_its_own, f"{user} and {kind}"


@EVERYBODY_ELSE
async def test_only_migrations_changes_a_stream(listener):
    user, attempt = listener
    for stream in STREAMS:
        for change in CHANGES:
            allowed = (user, change, stream.name) == ("commands", "PURGE", "TIMERS")  # how a timer is cancelled
            refused = await attempt.is_refused(f"$JS.API.STREAM.{change}.{stream.name}")
            assert refused is not allowed, f"{user} may {change} {stream.name}"
        assert await attempt.is_refused(f"$JS.API.STREAM.SNAPSHOT.{stream.name}")


@EVERYBODY_ELSE
async def test_a_shared_consumer_is_drawn_from_by_whose_it_is(listener):
    user, attempt = listener
    for consumer in CONSUMERS:
        refused = await attempt.is_refused(f"$JS.ACK.{consumer.stream}.{consumer.name}.1.1.1.1.0")
        assert refused is (consumer.name not in TAKES.get(user, set())), f"{user} and {consumer.name}"


async def test_nobody_reads_what_is_not_for_it(listener):
    user, attempt = listener
    if user in {"gateway", "pollers"}:
        for stream in STREAMS:
            assert await attempt.is_refused(f"$JS.API.DIRECT.GET.{stream.name}")
            assert await attempt.is_refused(f"$JS.API.STREAM.MSG.GET.{stream.name}")
            everything = f"$JS.API.CONSUMER.CREATE.{stream.name}.mine.tod.>"
            assert await attempt.is_refused(everything), f"{user} could follow all of {stream.name}"
    if user == "pollers":
        assert not await attempt.is_refused("$JS.API.CONSUMER.CREATE.LEDGER.mine.tod.*.fact.devices.>")
        assert await attempt.is_refused("$JS.API.CONSUMER.CREATE.LEDGER.mine.tod.*.fact.users.>")


async def test_nobody_hears_anothers_answers_or_the_streams_themselves(listener):
    user, attempt = listener
    for other in USERS:
        assert await attempt.is_deaf(f"{inbox(other)}.>") is (other != user)
    for kind in Kind:
        hears = (kind, user) in {(Kind.LIVE, "gateway"), (Kind.LIVE, "operator"), (Kind.ASK, "commands")}
        assert await attempt.is_deaf(f"tod.*.{kind.value}.>") is not hears, f"{user} and {kind}"
    assert await attempt.is_deaf(">")
