import pytest

from ops.simulator.tests.conftest import pairs

ADD = ("/ip/address/add", "=address=10.9.9.1/24", "=interface=ether1")


async def message(wire, *words):
    return pairs((await wire.ask(*words))[0])["message"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("/ip/address/add", "=address=1.2.3.4/24"), "missing value(s) of argument(s) interface"),
        (("/ip/address/add", "=address=1.2.3/24", "=interface=ether1"), "invalid value for argument address"),
        (("/ip/address/add", "=address=1.2.3.4/24", "=interface=no"), "input does not match any value of interface"),
        (("/ip/address/set", "=.id=*1", "=mask=24"), "unknown parameter mask"),
        (("/ip/address/set", "=.id=*FF", "=comment=x"), "no such item"),
        (("/ip/address/remove", "=.id=nobody"), "no such item"),
        (("/ip/address/explode",), "no such command"),
        (
            ("/interface/vlan/add", "=name=v", "=vlan-id=5000", "=interface=ether1"),
            "value of vlan-id out of range (1..4095)",
        ),
        (
            ("/interface/bridge/add", "=name=ether1x", "=protocol-mode=x"),
            "input does not match any value of protocol-mode",
        ),
        (("/interface/add", "=name=x"), "no such command"),
        (("/system/resource/set", "=uptime=1"), "no such command"),
        (("/ip/address/unset", "=.id=*1"), "missing value(s) of argument(s) value-name"),
    ],
)
async def test_a_bad_write_is_refused_in_routeros_words(dial, new, words, text):
    wire = await dial(new)
    assert await message(wire, *words) == text
    assert new.overlay is None or not new.has_history


async def test_an_added_item_has_the_defaults_and_a_rising_id(dial, new):
    wire = await dial(new)
    ((_, first),) = await wire.ask(*ADD)
    rows = await wire.rows("/ip/address/print", "?address=10.9.9.1/24")
    assert rows[0] | {".id": ""} == {
        ".id": "",
        "address": "10.9.9.1/24",
        "network": "10.9.9.0",
        "interface": "ether1",
        "actual-interface": "ether1",
        "invalid": "false",
        "dynamic": "false",
        "disabled": "false",
    }
    await wire.ask("/ip/address/remove", f"=.id={first.removeprefix('=ret=')}")
    ((_, second),) = await wire.ask(*ADD)
    assert int(second.removeprefix("=ret=*"), 16) > int(first.removeprefix("=ret=*"), 16)


async def test_a_duplicate_is_refused_and_leaves_nothing(dial, new):
    wire = await dial(new)
    await wire.ask(*ADD)
    assert await message(wire, *ADD) == "failure: already have such address"
    assert len(await wire.rows("/ip/address/print", "?address=10.9.9.1/24")) == 1


async def test_dynamic_and_built_in_items_stand_fast(dial, new):
    wire = await dial(new)
    (lease,) = (await wire.rows("/ip/address/print", "?dynamic=true"))[:1]
    assert await message(wire, "/ip/address/remove", f"=.id={lease['.id']}") == "failure: can not remove dynamic item"
    assert (
        await message(wire, "/ip/address/set", f"=.id={lease['.id']}", "=comment=x")
        == "failure: can not change dynamic"
    )
    assert await message(wire, "/user/group/remove", "=.id=full") == "failure: can not remove default item"


async def test_a_new_name_is_carried_to_whoever_refers_to_it(dial, new):
    wire = await dial(new)
    await wire.ask(*ADD)
    assert await wire.ask("/interface/set", "=.id=ether1", "=name=wan") == [("!done",)]
    rows = await wire.rows("/ip/address/print", "?address=10.9.9.1/24")
    assert (rows[0]["interface"], rows[0]["actual-interface"]) == ("wan", "wan")
    names = [row["name"] for row in await wire.rows("/interface/print")]
    assert "wan" in names
    assert "ether1" not in names
    assert (
        await message(wire, "/interface/set", "=.id=wan", "=name=ether2")
        == "failure: already have device with such name"
    )


async def test_what_referred_to_a_removed_item_dangles(dial, new):
    wire = await dial(new)
    ((_, ret),) = await wire.ask("/interface/vlan/add", "=name=v5", "=vlan-id=5", "=interface=ether1")
    await wire.ask("/ip/address/add", "=address=10.5.0.1/24", "=interface=v5")
    await wire.ask("/interface/vlan/remove", "=numbers=v5")
    rows = await wire.rows("/ip/address/print", "?address=10.5.0.1/24")
    assert rows[0]["interface"] == ret.removeprefix("=ret=")


async def test_disabling_through_the_view_reaches_the_interface(dial, new):
    wire = await dial(new)
    await wire.ask("/interface/disable", "=numbers=wlan1")
    (view,) = await wire.rows("/interface/print", "?name=wlan1")
    (own,) = await wire.rows("/interface/wireless/print", "?name=wlan1")
    assert (view["disabled"], view["running"], own["disabled"]) == ("true", "false", "true")


async def test_rules_are_moved_and_placed_by_id(dial, old):
    wire = await dial(old)
    ids = [row[".id"] for row in await wire.rows("/ip/firewall/filter/print", "=.proplist=.id")]
    ((_, ret),) = await wire.ask("/ip/firewall/filter/add", "=chain=input", "=action=drop", f"=place-before={ids[1]}")
    new_id = ret.removeprefix("=ret=")
    await wire.ask("/ip/firewall/filter/move", f"=numbers={ids[-1]}", f"=destination={ids[0]}")
    order = [row[".id"] for row in await wire.rows("/ip/firewall/filter/print", "=.proplist=.id")]
    assert order == [ids[-1], ids[0], new_id, *ids[1:-1]]


async def test_values_are_kept_in_the_routers_own_form(dial, new):
    wire = await dial(new)
    await wire.ask("/ip/dhcp-server/set", "=.id=defconf", "=lease-time=01:30:00", "=authoritative=no")
    (server,) = await wire.rows("/ip/dhcp-server/print")
    assert (server["lease-time"], server["authoritative"]) == ("1h30m", "false")


async def test_unset_and_an_exclamation_mark_empty_a_field(dial, new):
    wire = await dial(new)
    for words in (
        ("/ip/address/unset", "=.id=*1", "=value-name=comment"),
        ("/ip/address/set", "=.id=*2", "=!comment="),
    ):
        assert await wire.ask(*words) == [("!done",)]
    rows = await wire.rows("/ip/address/print")
    assert all("comment" not in row for row in rows[:2])


async def test_a_group_without_policies_may_only_do_what_it_says(dial, fleet, new):
    wire = await dial(new)
    await wire.ask("/user/group/add", "=name=watch", "=policy=read,api,!write")
    await wire.ask("/user/add", "=name=eye", "=group=watch", "=password=secret")
    eye = await dial(new, login=False)
    assert await eye.ask("/login", "=name=eye", "=password=secret") == [("!done",)]
    assert len(await eye.rows("/interface/print")) > 2
    assert await message(eye, *ADD) == "not enough permissions (9)"
    assert await message(eye, "/system/reboot") == "not enough permissions (9)"
    (user,) = await wire.rows("/user/print", "?name=eye")
    assert "password" not in user


async def test_the_last_administrator_stays(dial, new):
    wire = await dial(new)
    assert await message(wire, "/user/remove", "=numbers=tod") == "failure: can not disable or remove own user"


async def test_logins_and_failures_are_in_the_log_with_rising_ids(dial, new):
    wire = await dial(new, login=False)
    await wire.ask("/login", "=name=tod", "=password=no")
    wire = await dial(new)
    lines = await wire.rows("/log/print")
    assert [int(line[".id"][1:], 16) for line in lines] == sorted({int(line[".id"][1:], 16) for line in lines})
    texts = [(line["topics"], line["message"]) for line in lines[-2:]]
    assert texts == [
        ("system,error,critical", "login failure for user tod from 127.0.0.1 via api"),
        ("system,info,account", "user tod logged in from 127.0.0.1 via api"),
    ]


async def test_every_write_is_in_the_journal_and_no_password_with_it(dial, new):
    wire = await dial(new)
    await wire.ask(*ADD)
    await wire.ask("/user/add", "=name=x", "=group=read", "=password=secret")
    told = [(effect.user, effect.via, effect.command) for effect in new.history.effects]
    assert told == [("tod", "api", "/ip/address/add"), ("tod", "api", "/user/add")]
    assert "secret" not in str(new.history.effects)


async def test_safe_mode_rolls_back_when_its_session_is_lost(dial, new):
    wire, other = await dial(new), await dial(new)
    assert await wire.ask("/safe-mode/take") == [("!done",)]
    assert await message(other, "/safe-mode/take") == "failure: safe mode is taken by another user"
    await wire.ask(*ADD)
    await wire.close()
    while await _try_rows(other):
        pass
    assert new.history.holder is None


async def _try_rows(wire):
    replies = await wire.ask("/ip/address/print", "?address=10.9.9.1/24")
    return [reply for reply in replies if reply[0] == "!re"]


async def test_undo_takes_back_the_last_change(dial, new):
    wire = await dial(new)
    await wire.ask(*ADD)
    assert (await wire.rows("/system/history/print"))[0]["action"] == "address added"
    await wire.ask("/undo")
    assert not await _try_rows(wire)
