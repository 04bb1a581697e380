import asyncio
from contextlib import asynccontextmanager

import pytest

from contracts.language.errors import DeviceTimeout, DeviceUnreachable, LimitReached
from contracts.language.transport import Transport
from pollers.device import protocol
from pollers.device.ask import Ask
from pollers.device.security import Trust
from pollers.device.session import Target, connect
from pollers.device.wire import encode_sentence
from pollers.tests.scripted import playing, tag_of

NAMES = Ask("/interface", ("name",))
ROUTES = Ask("/ip/route", ("dst-address",))


def target(port: int) -> Target:
    return Target(host="127.0.0.1", username="u", password="p", api_port=port, trust=Trust(transport=Transport.PLAIN))


@asynccontextmanager
async def logged_in(script):
    async def whole(peer):
        await peer.let_in()
        await script(peer)

    async with playing(whole) as port:
        session = await connect(target(port))
        try:
            yield session
        finally:
            session.close()


async def test_replies_that_interleave_are_told_apart():
    async def script(peer):
        first, second = tag_of(await peer.hear()), tag_of(await peer.hear())
        peer.say("!re", second, "=dst-address=10.0.0.0/8")
        peer.say("!re", first, "=name=ether1")
        peer.say("!re", second, "=dst-address=0.0.0.0/0")
        peer.say("!done", second)
        peer.say("!re", "=name=ether2", first)
        peer.say("!done", first)
        await peer.until_gone()

    async with logged_in(script) as session:
        names, routes = await session.ask([NAMES, ROUTES])
    assert NAMES.pick(names) == [("ether1",), ("ether2",)]
    assert ROUTES.pick(routes) == [("10.0.0.0/8",), ("0.0.0.0/0",)]


async def test_a_round_is_the_same_bytes_every_time():
    heard = []

    async def script(peer):
        for _ in range(4):
            words = await peer.hear()
            heard.append(words)
            peer.say("!done", tag_of(words))
        await peer.until_gone()

    async with logged_in(script) as session:
        await session.ask([NAMES, ROUTES])
        await session.ask([NAMES, ROUTES])
    assert heard[:2] == heard[2:]


async def test_an_empty_table_is_no_rows_in_every_dialect():
    async def script(peer):
        with_word, without = tag_of(await peer.hear()), tag_of(await peer.hear())
        peer.say("!empty", with_word)
        peer.say("!done", with_word)
        peer.say("!done", without)
        await peer.until_gone()

    async with logged_in(script) as session:
        replies = await session.ask([NAMES, ROUTES])
    assert [reply.rows() for reply in replies] == [[], []]


async def test_words_that_nobody_knows_yet_are_passed_over():
    async def script(peer):
        tag = tag_of(await peer.hear())
        peer.say("!news", tag, "=x=y")
        peer.say("!re", tag, "=name=ether1", "bare", ".api=later")
        peer.say("!re", ".tag=nobodys", "=name=stray")
        peer.say("!re", "=name=untagged")
        peer.say("!done", tag)
        await peer.until_gone()

    async with logged_in(script) as session:
        (reply,) = await session.ask([NAMES])
    assert NAMES.pick(reply) == [("ether1",)]
    assert reply.rows() == [{"name": "ether1"}]


async def test_a_trap_on_one_menu_leaves_the_others_alone():
    async def script(peer):
        bad, good = tag_of(await peer.hear()), tag_of(await peer.hear())
        peer.say("!trap", bad, "=message=no such command prefix")
        peer.say("!trap", "=category=0", "=message=really", bad)
        peer.say("!done", bad)
        peer.say("!re", good, "=dst-address=0.0.0.0/0")
        peer.say("!done", good)
        await peer.until_gone()

    async with logged_in(script) as session:
        names, routes = await session.ask([NAMES, ROUTES])
    assert names.trap is not None
    assert names.trap.message == "no such command prefix; really"
    assert len(routes.rows()) == 1


async def test_a_reason_told_at_the_end_is_passed_on():
    async def script(peer):
        await peer.hear()
        peer.say("!fatal", "session terminated on request")

    async with logged_in(script) as session:
        with pytest.raises(DeviceUnreachable, match="session terminated on request"):
            await session.ask([NAMES])
        assert not session.is_open


async def test_a_connection_cut_in_the_middle_of_a_sentence_is_said_to_be():
    async def script(peer):
        tag = tag_of(await peer.hear())
        peer.send(encode_sentence(b"!re", tag.encode(), b"=name=ether1")[:-4])

    async with logged_in(script) as session:
        with pytest.raises(DeviceUnreachable, match="in the middle of a sentence"):
            await session.ask([NAMES])
        with pytest.raises(DeviceUnreachable, match="is closed"):
            await session.ask([NAMES])


async def test_garbage_ends_the_connection():
    async def script(peer):
        await peer.hear()
        peer.send(b"\xffHTTP/1.1 400 Bad Request\r\n\r\n")
        await peer.until_gone()

    async with logged_in(script) as session:
        with pytest.raises(DeviceUnreachable, match="does not speak the RouterOS API"):
            await session.ask([NAMES])
        assert not session.is_open


async def test_what_came_before_the_deadline_counts_and_the_rest_is_cancelled():
    cancelled = asyncio.Event()

    async def script(peer):
        quick, slow = tag_of(await peer.hear()), tag_of(await peer.hear())
        peer.say("!re", slow, "=dst-address=10.0.0.0/8")
        peer.say("!re", quick, "=name=ether1")
        peer.say("!done", quick)
        assert (await peer.hear())[:2] == ["/cancel", "=tag=" + slow[5:]]
        cancelled.set()
        again = tag_of(await peer.hear())
        assert again == quick
        peer.say("!re", slow, "=dst-address=10.9.0.0/16")
        peer.say("!trap", slow, "=category=2", "=message=interrupted")
        peer.say("!done", ".tag=cancel")
        peer.say("!done", slow)
        peer.say("!re", again, "=name=ether2")
        peer.say("!done", again)
        await peer.until_gone()

    async with logged_in(script) as session:
        names, routes = await session.ask([NAMES, ROUTES], deadline_seconds=0.2)
        assert NAMES.pick(names) == [("ether1",)]
        assert routes.is_late
        assert isinstance(routes.fault, DeviceTimeout)
        await cancelled.wait()
        (names,) = await session.ask([NAMES])
        assert NAMES.pick(names) == [("ether2",)]
        assert session.is_open
        assert not routes.sentences


async def test_a_device_that_answers_nothing_is_left():
    async def script(peer):
        await peer.until_gone()

    async with logged_in(script) as session:
        with pytest.raises(DeviceTimeout, match="said nothing"):
            await session.ask([NAMES, ROUTES], deadline_seconds=0.1)
        assert not session.is_open


async def test_a_device_that_is_slow_but_there_keeps_its_connection():
    async def script(peer):
        tag = tag_of(await peer.hear())
        peer.say("!re", tag, "=dst-address=10.0.0.0/8")
        assert (await peer.hear())[0] == "/cancel"
        peer.say("!done", tag)
        peer.say("!done", tag_of(await peer.hear()))
        await peer.until_gone()

    async with logged_in(script) as session:
        with pytest.raises(DeviceTimeout, match="no end of any answer"):
            await session.ask([ROUTES], deadline_seconds=0.1)
        assert session.is_open
        (names,) = await session.ask([NAMES])
        assert names.rows() == []


async def test_a_device_that_never_confirms_what_was_cancelled_is_left(monkeypatch):
    monkeypatch.setattr(protocol, "LATE_MAX", 2)

    async def script(peer):
        while words := await peer.hear():
            if words[0] == "/interface/print":
                peer.say("!done", tag_of(words))

    async with logged_in(script) as session:
        await session.ask([NAMES, ROUTES, ROUTES], deadline_seconds=0.05)
        assert session.is_open
        await session.ask([NAMES, ROUTES], deadline_seconds=0.05)
        assert not session.is_open


async def test_a_caller_who_gives_up_frees_the_device():
    asked, freed = asyncio.Event(), asyncio.Event()

    async def script(peer):
        tag = tag_of(await peer.hear())
        asked.set()
        assert (await peer.hear())[1] == "=tag=" + tag[5:]
        freed.set()
        await peer.until_gone()

    async with logged_in(script) as session:
        waiting = asyncio.create_task(session.ask([ROUTES]))
        await asked.wait()
        waiting.cancel()
        await freed.wait()
        assert session.is_open


async def test_many_callers_share_one_connection():
    async def script(peer):
        waiting = [await peer.hear() for _ in range(10)]
        for words in reversed(waiting):
            peer.say("!re", tag_of(words), "=name=" + words[0])
            peer.say("!done", tag_of(words))
        await peer.until_gone()

    async with logged_in(script) as session:
        assert await session.ask([]) == []
        commands = [f"/menu{number}/print" for number in range(10)]
        replies = await asyncio.gather(*(session.run(command) for command in commands))
    assert [reply.rows() for reply in replies] == [[{"name": command}] for command in commands]


async def test_more_commands_than_a_connection_carries_are_refused():
    async def script(peer):
        await peer.until_gone()

    async with logged_in(script) as session:
        with pytest.raises(LimitReached, match="IN_FLIGHT_MAX"):
            await session.ask([NAMES] * (protocol.IN_FLIGHT_MAX + 1))
        assert session.is_open


async def test_an_answer_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(protocol, "ANSWER_BYTES_MAX", 100_000)

    async def script(peer):
        tag = tag_of(await peer.hear())
        for _ in range(200):
            peer.say("!re", tag, "=dst-address=" + "x" * 1000)
        await peer.until_gone()

    async with logged_in(script) as session:
        with pytest.raises(DeviceUnreachable, match="ANSWER_BYTES_MAX"):
            await session.ask([ROUTES])


async def test_a_small_answer_is_never_held_against_a_long_lived_connection(monkeypatch):
    monkeypatch.setattr(protocol, "ANSWER_BYTES_MAX", 5_000)

    async def script(peer):
        while words := await peer.hear():
            peer.say("!re", tag_of(words), "=name=" + "x" * 1000)
            peer.say("!done", tag_of(words))

    async with logged_in(script) as session:
        for _ in range(20):
            await session.ask([NAMES])
        assert session.is_open


async def test_closing_tells_whoever_waits():
    asked = asyncio.Event()

    async def script(peer):
        await peer.hear()
        asked.set()
        await peer.until_gone()

    async with logged_in(script) as session:
        waiting = asyncio.create_task(session.ask([NAMES]))
        await asked.wait()
        session.close()
        with pytest.raises(DeviceUnreachable, match="closed by us"):
            await waiting
