import asyncio

import pytest
from librouteros.query import Key

from contracts.language.errors import DeviceBusy, DeviceDenied, DeviceRejected, DeviceTimeout, DeviceUnreachable
from contracts.language.transport import Transport
from pollers.device.security import Trust
from pollers.device.session import Target, connect
from pollers.tests.scripted import playing, tag_of

CHALLENGE = "00112233445566778899aabbccddeeff"
PLAIN = Trust(transport=Transport.PLAIN)


def target(port: int, password: str = "secret", host: str = "127.0.0.1") -> Target:
    return Target(host=host, username="watch", password=password, api_port=port, tls_port=port, trust=PLAIN)


async def test_a_new_device_lets_us_in_at_once():
    heard = []

    async def script(peer):
        heard.append(await peer.let_in())
        await peer.until_gone()

    async with playing(script) as port:
        session = await connect(target(port))
        assert (session.is_open, session.rung, session.fingerprint) == (True, Transport.PLAIN, "")
        session.close()
    assert not session.is_open
    assert heard[0][:3] == ["/login", "=name=watch", "=password=secret"]


# facts 2.2
@pytest.mark.parametrize(
    ("password", "response"),
    [("secret", "00c17511d224a5e93170632807d36388aa"), ("", "004fc766996a2175c8d712275fb6a3cb31")],
)
async def test_an_old_device_is_answered_its_challenge(password, response):
    heard = []

    async def script(peer):
        peer.say("!done", "=ret=" + CHALLENGE, tag_of(await peer.hear()))
        heard.append(await peer.let_in())
        await peer.until_gone()

    async with playing(script) as port:
        (await connect(target(port, password))).close()
    assert heard[0][:3] == ["/login", "=name=watch", "=response=" + response]


async def test_an_empty_password_is_sent_and_not_left_out():
    heard = []

    async def script(peer):
        heard.append(await peer.let_in())
        await peer.until_gone()

    async with playing(script) as port:
        (await connect(target(port, ""))).close()
    assert "=password=" in heard[0]


async def test_a_password_beyond_ascii_goes_out_in_utf_8():
    heard = []

    async def script(peer):
        heard.append(await peer.let_in())
        await peer.until_gone()

    async with playing(script) as port:
        (await connect(target(port, "pässword€"))).close()
    assert heard[0][2].encode("latin-1").decode() == "=password=pässword€"


@pytest.mark.parametrize("text", ["invalid user name or password (6)", "cannot log in"])
async def test_a_wrong_password_is_a_denial(text):
    async def script(peer):
        tag = tag_of(await peer.hear())
        peer.say("!trap", tag, "=message=" + text)
        peer.say("!done", tag)
        await peer.until_gone()

    async with playing(script) as port:
        with pytest.raises(DeviceDenied, match="watch") as denied:
            await connect(target(port))
    assert text in denied.value.message
    assert "secret" not in denied.value.message


async def test_a_login_that_is_cut_off_with_a_reason_is_a_denial():
    async def script(peer):
        await peer.hear()
        peer.say("!fatal", "too many commands before login")

    async with playing(script) as port:
        with pytest.raises(DeviceDenied, match="too many commands before login"):
            await connect(target(port))


@pytest.mark.parametrize("challenge", ["not hexadecimal", CHALLENGE])
async def test_a_challenge_that_leads_nowhere_is_a_denial(challenge):
    async def script(peer):
        while words := await peer.hear():
            peer.say("!done", "=ret=" + challenge, tag_of(words))

    async with playing(script) as port:
        with pytest.raises(DeviceDenied, match="challenge"):
            await connect(target(port))


async def test_a_device_without_room_for_another_session_is_busy():
    async def script(peer):
        pass

    async with playing(script) as port:
        with pytest.raises(DeviceBusy, match="no more sessions"):
            await connect(target(port))


async def test_a_refused_connection_is_not_a_refused_login():
    async with playing(lambda peer: peer.until_gone()) as port:
        pass
    with pytest.raises(DeviceUnreachable, match="refused the connection"):
        await connect(target(port))


async def test_a_name_nobody_knows_is_said_to_be_one():
    with pytest.raises(DeviceUnreachable, match="name"):
        await connect(target(8728, host="router.invalid"))


async def test_a_device_that_never_answers_the_login_is_left_at_the_deadline():
    async with playing(lambda peer: peer.until_gone()) as port:
        with pytest.raises(DeviceTimeout):
            await connect(target(port), deadline_seconds=0.1)


async def test_a_caller_who_gives_up_during_the_login_leaves_no_connection_behind():
    asked, gone = asyncio.Event(), asyncio.Event()

    async def script(peer):
        await peer.hear()
        asked.set()
        await peer.until_gone()
        gone.set()

    async with playing(script) as port:
        connecting = asyncio.create_task(connect(target(port)))
        await asked.wait()
        connecting.cancel()
        await gone.wait()
    with pytest.raises(asyncio.CancelledError):
        await connecting


def test_a_target_prints_without_its_password():
    assert "secret" not in f"{target(1)!r} {target(1)}"


async def test_one_command_gives_its_rows_and_what_it_returned():
    heard = []

    async def script(peer):
        await peer.let_in()
        words = await peer.hear()
        heard.append(words)
        peer.say("!re", tag_of(words), b"=comment=B\xfcro")
        peer.say("!done", tag_of(words), "=ret=*1A")
        words = await peer.hear()
        peer.say("!trap", tag_of(words), "=category=4", "=message=failure: already have such address")
        peer.say("!done", tag_of(words))
        await peer.until_gone()

    async with playing(script) as port:
        session = await connect(target(port))
        reply = await session.run("/ip/address/add", {"address": "192.0.2.1/24", "disabled": False}, query=["?x=y"])
        assert (reply.rows(), reply.ret) == ([{"comment": "Büro"}], "*1A")
        with pytest.raises(DeviceRejected, match="already have such address"):
            await session.run("/ip/address/add")
        session.close()
    assert heard[0][:4] == ["/ip/address/add", "=address=192.0.2.1/24", "=disabled=no", "?x=y"]


async def test_the_objects_of_librouteros_work_on_our_connection():
    heard = []

    async def script(peer):
        await peer.let_in()
        while words := await peer.hear():
            heard.append([word for word in words if not word.startswith(".tag=")])
            peer.say("!re", tag_of(words), "=name=ether1", "=mtu=1500", "=running=true")
            peer.say("!re", tag_of(words))
            peer.say("!done", tag_of(words), "=ret=*7")

    async with playing(script) as port:
        session = await connect(target(port))
        api = session.api()
        name, running = Key("name"), Key("running")
        query = api.path("/interface").select(name, running).where(running == True)  # noqa: E712 - librouteros' way
        rows = [row async for row in query]
        assert rows == [{"name": "ether1", "mtu": 1500, "running": True}, {"ret": "*7"}]
        everything = await asyncio.gather(*(_names(api, menu) for menu in ("/interface", "/interface/vlan")))
        assert everything == [["ether1"], ["ether1"]]
        await api.close()
        assert not session.is_open
    assert heard[0] == ["/interface/print", "=.proplist=name,running", "?=running=yes"]
    assert sorted(heard[1:]) == [["/interface/print"], ["/interface/vlan/print"]]


async def _names(api, menu):
    return [row["name"] async for row in api.path(menu) if "name" in row]


async def test_a_trap_through_the_objects_of_librouteros_is_one_of_our_errors():
    async def script(peer):
        await peer.let_in()
        while words := await peer.hear():
            peer.say("!trap", tag_of(words), "=message=no such item")
            peer.say("!trap", tag_of(words), "=category=0", "=message=nor that")
            peer.say("!done", tag_of(words))

    async with playing(script) as port:
        session = await connect(target(port))
        with pytest.raises(DeviceRejected, match="no such item, nor that"):
            await session.api().path("/ip/address").remove("*1")
        session.close()


async def test_a_reply_that_comes_too_late_for_librouteros_is_a_timeout():
    async def script(peer):
        await peer.let_in()
        await peer.until_gone()

    async with playing(script) as port:
        session = await connect(target(port))
        with pytest.raises(DeviceTimeout):
            [row async for row in session.api(deadline_seconds=0.1).path("/interface")]
