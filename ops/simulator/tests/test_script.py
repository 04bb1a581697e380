import asyncio
import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.simulator.export.text import quoted, wrapped
from ops.simulator.script.nodes import Argument, Literal
from ops.simulator.script.parse import parse
from ops.simulator.script.run import Interpreter
from ops.simulator.traps import Trap
from ops.simulator.users import Session, policies_of


@pytest.fixture
def run(new):
    """Run a script and return what it printed."""

    async def run(text, **arguments):
        lines: list[str] = []
        session = Session(new, "tod", group="full", policies=policies_of(new, "full"), via="ssh")
        await Interpreter(session, lines.append).run(text, arguments)
        return lines

    return run


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (':put "a"', ["a"]),
        (":put (1 + 2 * 3)", ["7"]),
        (":put ((1 + 2) * 3)", ["9"]),
        (':put ("a" . "b" . 3)', ["ab3"]),
        (':local x 5; :put "x is $x, twice $($x * 2)"', ["x is 5, twice 10"]),
        (":local x; :set x 4; :put $x", ["4"]),
        (":global g 7; :put $g", ["7"]),
        (':if (1 < 2) do={ :put "yes" } else={ :put "no" }', ["yes"]),
        (':if (2 < 1) do={ :put "yes" } else={ :put "no" }', ["no"]),
        (":for i from=1 to=3 do={ :put $i }", ["1", "2", "3"]),
        (":for i from=6 to=0 step=-3 do={:put $i}", ["6", "3", "0"]),
        (':foreach x in={"a";"b"} do={ :put $x }', ["a", "b"]),
        (':foreach k,v in={one=1;two=2} do={ :put "$k:$v" }', ["one:1", "two:2"]),
        (":local i 0; :while ($i < 3) do={ :set i ($i + 1) }; :put $i", ["3"]),
        (':do { :error "oops" } on-error={ :put "caught" }', ["caught"]),
        (':onerror e in={ :error "oops" } do={ :put "got $e" }', ["got oops"]),
        (':put [:len "hello"]; :put [:len {1;2;3}]', ["5", "3"]),
        (':put [:pick "hello" 1 3]; :put [:find "hello" "l"]', ["el", "2"]),
        (
            ":put [:typeof 1]; :put [:typeof true]; :put [:typeof 10.0.0.1]; :put [:typeof 5m]",
            ["num", "bool", "ip", "time"],
        ),
        (':local a {x=1;y={2;3}}; :put ($a->"x"); :put (($a->"y")->1)', ["1", "3"]),
        (":local f do={ :return ($1 . $a) }; :put [$f a=2]", ["2"]),
        (":put [:tostr [/system identity get name]]", ["riga-1-router-2"]),
        (":put (true and !false); :put (1 = 1 && 2 = 3)", ["true", "false"]),
        (':put ("ether1" ~ "^eth"); :put (10.0.0.7 in 10.0.0.0/24)', ["true", "true"]),
        ("# only a comment\n:put 1 ; # and another\n", ["1"]),
        (':put "a\\\n    b"; :put \\\n  2', ["ab", "2"]),
        (':put "\\"q\\" \\$x \\41\\n"', ['"q" $x A\n']),
        (":put [/interface find name=ether1]", ["*1"]),
        (':put [/interface get [find name="ether1"] type]', ["ether"]),
        (':local n ether1; :put [:len [/interface find where name=$n type="ether"]]', ["1"]),
        (":put [/interface print count-only where type=ether]", ["2", "2"]),
        (":put [/ip/address/find where interface=bridge and !dynamic]", ["*1;*2"]),
        (':put [[:parse ":return 5"]]', ["5"]),
    ],
)
async def test_the_language_does_what_routeros_does(run, text, printed):
    assert await run(text) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (':error "bang"', "bang"),
        ("/system foo", "bad command name foo (line 1 column 9)"),
        (":put 1\n  :bogus", "bad command name bogus (line 2 column 3)"),
        (':put "open', "syntax error (line 1 column 11)"),
        (":put [", "syntax error (line 1 column 7)"),
        (":put (1 / 0)", "division by zero"),
        ("/ip address print nonsense", "expected end of command (line 1 column 19)"),
        ("/ip address add address=1.2.3.4/24 interface=nope", "input does not match any value of interface"),
    ],
)
async def test_errors_say_what_and_where(run, text, message):
    with pytest.raises(Trap) as caught:
        await run(text)
    assert caught.value.message == message


async def test_scripts_change_the_configuration_with_either_kind_of_path(run, new):
    await run(
        "/ip address add address=10.1.1.1/24 interface=ether1\n/ip/address/add address=10.1.2.1/24 interface=ether1"
    )
    await run('/ip address\nset [find address~"10.1.1"] comment="first one"\nremove [find address~"10.1.2"]')
    found = [row for row in new.table("/ip/address").rows.values() if row.get("comment") == "first one"]
    assert [row["address"] for row in found] == ["10.1.1.1/24"]
    assert not any(
        str(row["address"]).startswith("10.1.2")
        for row in new.table("/ip/address").rows.values()
        if isinstance(row["address"], str)
    )


async def test_a_command_on_nothing_found_does_nothing(run, new):
    await run("/ip address remove [find comment=nobody]; /ip address set [find comment=nobody] disabled=yes")
    assert new.history.effects == []


async def test_an_endless_script_is_stopped(run, monkeypatch):
    monkeypatch.setattr("ops.simulator.script.run.STEPS_MAX", 500)
    with pytest.raises(Trap, match="too long"):
        await run(":local i 0; :while (true) do={ :set i ($i + 1) }")


async def test_a_delay_waits_in_the_fleets_time(run, fleet):
    task = asyncio.create_task(run(":delay 1h; :put done"))
    await asyncio.sleep(0.01)
    assert not task.done()
    await fleet.advance(3601)
    assert await task == ["done"]


async def test_the_api_runs_scripts_and_returns_their_text(dial, old, new):
    wire = await dial(new)
    assert await wire.ask("/execute", "=script=:put 5; /system identity print", "=as-string=") == [
        ("!done", f"=ret=5\r\n  name: {new.identity}"),
    ]
    (reply,) = await wire.ask("/execute", "=script=/nonsense", "=as-string=")
    assert reply == ("!done", "=ret=bad command name nonsense (line 1 column 1)")
    trap, _ = await (await dial(old)).ask("/execute", "=script=:put 5", "=as-string=")
    assert trap[-1] == "=message=unknown parameter as-string"


async def test_a_stored_script_needs_the_policies_it_names(dial, new):
    wire = await dial(new)
    await wire.ask("/system/script/add", "=name=s", "=source=/system identity set name=changed")
    await wire.ask("/user/group/add", "=name=few", "=policy=read,api,test")
    await wire.ask("/user/add", "=name=few", "=group=few", "=password=p")
    few = await dial(new, login=False)
    await few.ask("/login", "=name=few", "=password=p")
    trap, _ = await few.ask("/system/script/run", "=number=s")
    assert trap[-1] == "=message=not enough permissions (9)"
    assert await wire.ask("/system/script/run", "=number=s") == [("!done",)]
    assert new.row("/system/identity")["name"] == "changed"
    (row,) = await wire.rows("/system/script/print")
    assert (row["run-count"], row["owner"]) == ("1", "tod")


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200)


@given(TEXTS)
def test_a_quoted_value_reads_back_as_it_was(value):
    (command,) = parse(f"set name={quoted(value)}").commands
    assert command.arguments == (Argument("name", Literal(value), command.arguments[0].place),)


@given(st.lists(TEXTS, min_size=1, max_size=6))
@example(
    ["\x1f\x06\x80\x80\x80\x80\U00010000\U00010000\U000100000\x80\x80\u0800\U00010000\U00010000\U00010000\U00010000"]
)
def test_a_wrapped_line_reads_back_as_it_was(values):
    words = ["add ", *(piece for value in values for piece in ("comment=", quoted(value) + " "))]
    text = "\n".join(wrapped(words))
    (command,) = parse(text).commands
    assert [each.value for each in command.arguments] == [Literal(value) for value in values]


@given(st.text(alphabet='abc=:/[](){}"$;\\ \n!~-><', max_size=60))
def test_no_text_breaks_the_parser(text):
    with contextlib.suppress(Trap):
        parse(text)
