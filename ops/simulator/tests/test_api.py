import asyncio
import hashlib
import ssl

import librouteros
import librouteros.exceptions
import pytest
from librouteros.login import plain, token

from ops.simulator import Fleet
from ops.simulator.tests.conftest import Wire, pairs


async def test_librouteros_reads_both_dialects(fleet):
    for router in fleet.routers:
        api = await librouteros.async_connect(
            host=router.address, port=fleet.ports.api, username="tod", password=router.password, encoding="utf-8"
        )
        resource = [row async for row in api.path("system", "resource")]
        assert resource[0]["board-name"] == router.stock.board.board_name
        interfaces = [row async for row in api.path("interface")]
        assert {"name", "type", "rx-byte", "running"} <= set(interfaces[0])
        await api.close()


async def test_librouteros_blocking_client_logs_in_with_either_form():
    async with Fleet(2, boards=("hex-poe-lite-6.42", "chr-7.20")) as fleet:

        def read(router, method):
            api = librouteros.connect(
                host=router.address, port=fleet.ports.api, username="tod", password=router.password, login_method=method
            )
            found = list(api.path("system", "identity"))
            api.close()
            return found

        challenged, plainly = fleet.routers
        assert await asyncio.to_thread(read, challenged, token) == [{"name": challenged.identity}]
        assert await asyncio.to_thread(read, plainly, plain) == [{"name": plainly.identity}]


async def test_the_old_login_is_a_challenge_and_ignores_the_new_form():
    async with Fleet(1, boards=("rb951-6.33",)) as fleet:
        router = fleet.routers[0]
        wire = Wire(*await asyncio.open_connection(router.address, fleet.ports.api))
        ((done, ret),) = await wire.ask("/login", "=name=tod", f"=password={router.password}")
        assert done == "!done"
        challenge = bytes.fromhex(ret.removeprefix("=ret="))
        digest = hashlib.md5(b"\x00" + router.password.encode() + challenge).hexdigest()
        assert await wire.ask("/login", "=name=tod", f"=response=00{digest}") == [("!done",)]
        wrong = await wire.ask("/system/identity/print")
        assert pairs(wrong[0])["name"] == router.identity
        await wire.close()


async def test_the_fifth_login_attempt_ends_the_connection(dial, new):
    wire = await dial(new, login=False)
    for _ in range(4):
        trap, done = await wire.ask("/login", "=name=tod", "=password=wrong")
        assert trap == ("!trap", "=message=invalid user name or password (6)")
        assert done == ("!done",)
    assert await wire.ask("/login", "=name=tod", "=password=wrong") == [("!fatal", "too many commands before login")]
    assert await wire.receive() == ()


async def test_nobody_is_served_before_login(dial, new):
    wire = await dial(new, login=False)
    assert await wire.ask("/interface/print") == [("!fatal", "not logged in")]
    assert await wire.receive() == ()


async def test_quit_ends_with_a_bare_word(dial, new):
    wire = await dial(new)
    assert await wire.ask("/quit") == [("!fatal", "session terminated on request")]


async def test_an_empty_table_is_said_to_be_empty_since_7_18(dial, old, new):
    wire = await dial(new)
    assert await wire.ask("/ip/firewall/mangle/print", ".tag=7") == [("!empty", ".tag=7"), ("!done", ".tag=7")]
    assert await (await dial(old)).ask("/ip/firewall/mangle/print") == [("!done",)]


async def test_rows_without_the_wanted_field_are_still_rows(dial, new):
    wire = await dial(new)
    replies = await wire.ask("/ip/service/print", "=.proplist=comment")
    assert replies == [("!re",)] * 8 + [("!done",)]


async def test_every_reply_carries_its_tag_and_commands_interleave(dial, new):
    wire = await dial(new)
    wire.send("/tool/ping", "=address=10.0.0.1", "=count=2", "=interval=0.05", ".tag=slow")
    wire.send("/system/identity/print", ".tag=quick")
    replies = [await wire.receive() for _ in range(5)]
    ends = [reply for reply in replies if reply[0] == "!done"]
    assert ends == [("!done", ".tag=quick"), ("!done", ".tag=slow")]
    assert sum(".tag=slow" in reply for reply in replies) == 3


async def test_a_cancelled_command_is_interrupted_then_both_end(dial, new):
    wire = await dial(new)
    wire.send("/ip/address/listen", ".tag=1")
    wire.send("/cancel", "=tag=1", ".tag=2")
    assert [await wire.receive() for _ in range(3)] == [
        ("!trap", ".tag=1", "=category=2", "=message=interrupted"),
        ("!done", ".tag=2"),
        ("!done", ".tag=1"),
    ]


async def test_listen_tells_of_additions_changes_and_deaths(dial, new):
    wire, other = await dial(new), await dial(new)
    wire.send("/ip/address/listen", ".tag=1")
    ((_, ret),) = await other.ask("/ip/address/add", "=address=10.9.9.1/24", "=interface=ether1")
    item = ret.removeprefix("=ret=")
    added = pairs(await wire.receive())
    assert (added[".id"], added["network"]) == (item, "10.9.9.0")
    await other.ask("/ip/address/set", f"=.id={item}", "=comment=here")
    assert pairs(await wire.receive())["comment"] == "here"
    await other.ask("/ip/address/remove", f"=.id={item}")
    assert await wire.receive() == ("!re", ".tag=1", f"=.id={item}", "=.dead=true")


async def test_missing_menus_are_refused_in_the_words_of_the_version(dial, old, new):
    trap, _ = await (await dial(old)).ask("/interface/wifi/print")
    assert pairs(trap)["message"] == "no such command prefix"
    trap, _ = await (await dial(new)).ask("/interface/wifiwave2/registration-table/print")
    assert pairs(trap)["message"] == "no such command or directory (wifiwave2)\r\nno such command prefix"


async def test_a_count_is_a_number_in_ret(dial, new):
    wire = await dial(new)
    assert await wire.ask("/interface/print", "=count-only=", "?type=ether") == [("!done", "=ret=2")]


async def test_bytes_that_are_no_text_survive(dial, new):
    wire = await dial(new)
    wire.writer.write(b"\x14/system/identity/set\x0f=name=B\xfcro \xe2\x82\xac1\x00")
    assert await wire.receive() == ("!done",)
    wire.send("/system/identity/print")
    reply = await wire.receive()
    assert reply[1].encode("utf-8", "surrogateescape") == b"=name=B\xfcro \xe2\x82\xac1"


async def test_every_byte_alone_is_enough(dial, new):
    wire = await dial(new)
    for byte in b"\x16/system/resource/print\x00":
        wire.writer.write(bytes([byte]))
        await wire.writer.drain()
    assert (await wire.receive())[0] == "!re"


async def test_a_control_byte_closes_the_connection(dial, new):
    wire = await dial(new)
    wire.writer.write(b"\xff\xff")
    assert await wire.receive() == ()


async def test_values_drift_between_two_reads(dial, fleet, new):
    wire = await dial(new)
    words = ("/interface/print", "=.proplist=name,rx-byte,last-link-up-time", "?name=ether1")
    (before,) = await wire.rows(*words)
    await fleet.advance(600)
    (after,) = await wire.rows(*words)
    assert int(after["rx-byte"]) > int(before["rx-byte"])
    assert after["last-link-up-time"] == before["last-link-up-time"]


async def test_the_21st_session_is_refused_since_7_16(dial, new):
    for _ in range(20):
        await dial(new)
    with pytest.raises((AssertionError, ConnectionError)):
        await dial(new)


async def test_a_closed_service_takes_no_connection(dial, new):
    wire = await dial(new)
    await wire.ask("/ip/service/set", "=numbers=api", "=disabled=yes")
    with pytest.raises((AssertionError, ConnectionError)):
        await dial(new)
    await wire.ask("/ip/service/set", "=numbers=api", "=disabled=no", "=address=10.0.0.0/8")
    with pytest.raises((AssertionError, ConnectionError)):
        await dial(new)


async def test_same_seed_same_fleet():
    first, second = Fleet(40, seed=7).describe(), Fleet(40, seed=7).describe()
    assert first == second
    assert Fleet(40, seed=8).describe() != first


@pytest.mark.parametrize("kind", ["ca", "self-signed", "anonymous"])
async def test_tls_of_every_kind_carries_the_api(kind, tmp_path):
    async with Fleet(1, tls=kind, boards=("hap-ax2-7.14",), data_dir=tmp_path) as fleet:
        router = fleet.routers[0]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        if kind == "ca":
            context.load_verify_locations(fleet.vault.ca_file)
        else:
            context.verify_mode = ssl.CERT_NONE
        if kind == "anonymous":
            context.set_ciphers("ADH:@SECLEVEL=0")
        wire = Wire(*await asyncio.open_connection(router.address, fleet.ports.tls, ssl=context))
        assert await wire.ask("/login", "=name=tod", f"=password={router.password}") == [("!done",)]
        assert len(await wire.rows("/interface/print")) > 5
        tls = wire.writer.get_extra_info("ssl_object")
        assert tls.cipher()[0].startswith("ADH") is (kind == "anonymous")
        assert bool(tls.getpeercert(binary_form=True)) is (kind != "anonymous")
        await wire.close()


async def test_an_anonymous_router_refuses_a_client_that_wants_proof(tmp_path):
    async with Fleet(1, tls="anonymous", data_dir=tmp_path) as fleet:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection(
                fleet.routers[0].address, fleet.ports.tls, ssl=ssl.create_default_context(), server_hostname="x"
            )


async def test_an_idle_router_holds_nothing_of_its_own(dial, fleet, new):
    wire = await dial(new)
    for menu in ("/system/resource", "/interface", "/log", "/ip/dhcp-server/lease", "/ip/route"):
        await wire.rows(f"{menu}/print")
    assert new.overlay is None
    assert not new.has_history
    assert not [task for task in asyncio.all_tasks() if "Router" in repr(task)]
