import asyncio

import librouteros
import pytest

from ops.simulator.mishaps import THROTTLE_FREE, Mishaps, Throttle
from ops.simulator.tests.conftest import pairs
from ops.simulator.wire import SentenceReader, sentence

IDENTITY = "/system/identity/print"


async def test_a_slow_router_answers_late(dial, new):
    wire = await dial(new)
    new.misbehave(slow_seconds=0.2)
    started = asyncio.get_running_loop().time()
    assert await wire.rows(IDENTITY)
    assert asyncio.get_running_loop().time() - started >= 0.19


async def test_a_stalled_sentence_comes_in_two_parts(dial, new):
    wire = await dial(new)
    new.misbehave(stall_seconds=0.2)
    wire.send(IDENTITY)
    first = await wire.reader.read(65536)
    assert not SentenceReader().feed(first)
    rest = await wire.reader.read(65536)
    assert len(SentenceReader().feed(first + rest)) == 2


async def test_crumbs_are_a_whole_answer_in_the_end(dial, new):
    wire = await dial(new)
    new.misbehave(crumbs=True)
    assert (await wire.rows(IDENTITY))[0]["name"] == new.identity


async def test_a_refusing_router_takes_no_connection(dial, new):
    new.misbehave(refuse=True)
    with pytest.raises((AssertionError, ConnectionError)):
        await dial(new)
    new.behave()
    await dial(new)


async def test_a_half_open_router_takes_the_connection_and_says_nothing(dial, new):
    new.misbehave(half_open=True)
    wire = await dial(new, login=False)
    wire.send("/login", "=name=tod", "=password=x")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await wire.reader.read(1)


async def test_an_answer_can_end_in_the_middle_of_a_sentence(dial, new):
    wire = await dial(new)
    new.misbehave(drop_mid_sentence=True)
    wire.send("/interface/print")
    data = await wire.reader.read()
    assert data
    assert not data.endswith(b"\x05!done\x00")


async def test_librouteros_reports_what_a_dropped_sentence_is(fleet, new):
    api = await librouteros.async_connect(host=new.address, port=fleet.ports.api, username="tod", password=new.password)
    new.misbehave(drop_mid_sentence=True)
    with pytest.raises(librouteros.exceptions.ConnectionClosed):
        [row async for row in api.path("interface")]
    await api.close()


async def test_garbage_is_no_protocol(dial, new):
    wire = await dial(new)
    new.misbehave(garbage=True)
    wire.send(IDENTITY)
    data = await wire.reader.read(65536)
    assert b"!re" not in data
    assert b"!done" not in data


async def test_no_password_is_good_enough(dial, new):
    new.misbehave(wrong_password=True)
    wire = await dial(new, login=False)
    trap, _ = await wire.ask("/login", "=name=tod", f"=password={new.password}")
    assert pairs(trap)["message"] == "invalid user name or password (6)"


async def test_tags_can_stand_last(dial, new):
    wire = await dial(new)
    new.misbehave(tag_last=True)
    row, done = await wire.ask(IDENTITY, ".tag=t")
    assert row == ("!re", f"=name={new.identity}", ".tag=t")
    assert done == ("!done", ".tag=t")


async def test_a_cancel_can_be_answered_last(dial, new):
    wire = await dial(new)
    new.misbehave(cancel_answer_last=True)
    wire.send("/ip/address/listen", ".tag=1")
    wire.send("/cancel", "=tag=1", ".tag=2")
    assert [(await wire.receive())[:2] for _ in range(3)] == [
        ("!trap", ".tag=1"),
        ("!done", ".tag=1"),
        ("!done", ".tag=2"),
    ]


async def test_fields_go_missing_and_strangers_appear(dial, new):
    wire = await dial(new)
    whole = await wire.rows("/interface/print")
    new.misbehave(missing_fields=0.5, stray_fields=True)
    torn = await wire.rows("/interface/print")
    assert len(torn) == len(whole)
    assert sum(map(len, torn)) < sum(map(len, whole))
    strange = set().union(*torn) - set().union(*whole)
    assert strange & {"x-unheard-of", "debug-info", "note"}


async def test_rows_come_and_go(dial, new):
    wire = await dial(new)
    new.misbehave(vanishing_rows=1.0)
    assert await wire.rows("/interface/print") == []


async def test_the_pace_is_that_of_a_real_device():
    throttle = Throttle()
    delays = [throttle.delay(1000.0, 1) for _ in range(THROTTLE_FREE + 51)]
    assert delays[THROTTLE_FREE - 1] == pytest.approx(0.0)
    assert delays[-1] == pytest.approx(51 * 0.02)
    assert throttle.delay(1100.0, 1) == pytest.approx(0.0, abs=1e-6)


async def test_a_reboot_loop_goes_on_until_it_is_switched_off(fleet, new):
    new.misbehave(reboot_every=60)
    await fleet.advance(200)
    assert fleet.now() - new.booted_at < 61
    new.behave()
    booted = new.booted_at
    await fleet.advance(600)
    assert new.booted_at == booted


async def test_a_check_for_updates_ends_in_the_wished_text(dial, fleet, new):
    new.misbehave(update_status="ERROR: could not resolve dns name")
    wire = await dial(new)
    wire.send("/system/package/update/check-for-updates")
    assert pairs(await wire.receive())["status"] == "finding out latest version..."
    await fleet.advance(1)
    assert pairs(await wire.receive())["status"] == "ERROR: could not resolve dns name"
    assert (await wire.receive())[0] == "!done"
    (row,) = await wire.rows("/system/package/update/print")
    assert "latest-version" not in row


async def test_an_import_can_stop_half_way(fleet, dial, new):
    new.misbehave(import_stops_after=1)
    wire = await dial(new)
    await wire.ask("/file/add", "=name=x.rsc", "=contents=/system identity set name=one\n/system identity set name=two")
    trap, _ = await wire.ask("/import", "=file-name=x.rsc")
    assert pairs(trap)["message"] == "std failure: timeout (13)"
    assert new.row("/system/identity")["name"] == "one"


def test_distorting_keeps_every_sentence_a_sentence():
    data = b"".join(sentence([b"!re", b".tag=1", b"=a=%d" % number]) for number in range(50)) + sentence(
        [b"!done", b".tag=1"]
    )
    torn = Mishaps(missing_fields=0.4, stray_fields=True, tag_last=True).distort(data)
    sentences = SentenceReader().feed(torn)
    assert len(sentences) == 51
    assert all(words[-1] == b".tag=1" for words in sentences)
