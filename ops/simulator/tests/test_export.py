import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulator import Fleet, export
from ops.simulator.boards.catalog import BOARDS
from ops.simulator.console import Console
from ops.simulator.export.text import assignments, wrapped
from ops.simulator.tests.corpus import corpus_exports
from ops.simulator.users import Session, policies_of

_PIECE = re.compile(r'(?:\[[^\]]*\]|"(?:\\.|[^"\\])*"|[^\s"\[])+')


def session(router, group="full"):
    return Session(router, "tod", group=group, policies=policies_of(router, group), via="ssh")


async def exported(router, words="", group="full"):
    lines: list[str] = []
    await Console(session(router, group), lines.append).line(f"/export {words}")
    return lines


def logical_lines(text):
    """Yield each wrapped command of an export: its physical lines, and its words with the wrapping taken out."""
    physical: list[str] = []
    for line in text.splitlines():
        physical.append(line)
        if line.endswith("\\"):
            continue
        if len(physical) > 1:
            joined = physical[0][:-1]
            for part in physical[1:]:
                inner = part.removeprefix("    ").removesuffix("\\" if part is not physical[-1] else "")
                joined += " " + inner[2:] if inner.startswith("\\_") else inner
            yield physical, joined
        physical = []


def words_of(command):
    words: list[str] = []
    for found in _PIECE.finditer(command):
        name = re.match(r"[A-Za-z0-9._/-]+=", found[0])
        pieces = [found[0]] if name is None or name.end() == len(found[0]) else [name[0], found[0][name.end() :]]
        words += [*pieces[:-1], pieces[-1] + " "]
    words[-1] = words[-1].rstrip()
    return words


def test_real_exports_wrap_again_as_they_were():
    """The exceptions are lines whose values the corpus replaced by others of another length."""
    same = total = 0
    for text in corpus_exports(but=("terse", "bgp-edge", "default-script")):
        for physical, command in logical_lines(text):
            total += 1
            same += wrapped(words_of(command)) == physical
    assert total > 500
    assert same / total > 0.97


async def test_the_head_and_the_secrets_follow_the_version(old, new):
    lines = await exported(old)
    assert re.fullmatch(r"# [a-z]{3}/\d\d/\d{4} \d\d:\d\d:\d\d by RouterOS 6\.49\.17", lines[0])
    assert lines[1].startswith("# software id = ")
    assert lines[3:5] == ["# model = RouterBOARD 3011UiAS", f"# serial number = {old.serial}"]
    assert "correct-horse" in "".join(lines)
    assert "correct-horse" not in "".join(await exported(old, "hide-sensitive"))
    lines = await exported(new)
    assert re.fullmatch(r"# \d{4}-\d\d-\d\d \d\d:\d\d:\d\d by RouterOS 7\.18\.2", lines[0])
    assert "private-key" not in "".join(lines)
    assert "private-key" in "".join(await exported(new, "show-sensitive"))


async def test_v6_does_not_know_show_sensitive(old):
    assert await exported(old, "show-sensitive") == ["expected end of command (line 1 column 9)"]


async def test_secrets_stay_hidden_without_the_policy(new):
    table = new.own("/user/group")
    key = table.find("read")
    table.change(key, {"policy": "read,ssh"})
    assert "private-key" not in "".join(await exported(new, "show-sensitive", group="read"))


async def test_a_virtual_router_has_neither_model_nor_serial():
    async with Fleet(1, boards=("chr-7.10",)) as fleet:
        lines = await exported(fleet.routers[0])
        assert lines[1:3] == ["# software id = ", "#"]
        assert lines[3].startswith("/")


async def test_terse_is_one_whole_command_a_line(new):
    lines = [line for line in await exported(new, "terse") if not line.startswith("#")]
    assert lines
    assert all(re.match(r"/[a-z0-9 -]+ (add|set) ", line) for line in lines)


async def test_verbose_tells_what_compact_leaves_out(old):
    compact, verbose = "".join(await exported(old)), "".join(await exported(old, "verbose"))
    assert "loop-protect-send-interval=5s" in verbose
    assert "loop-protect-send-interval=5s" not in compact


async def test_one_menu_can_be_exported_alone(new):
    lines: list[str] = []
    await Console(session(new), lines.append).line("/ip address export")
    assert [line for line in lines if line.startswith("/")] == ["/ip address"]


async def test_an_export_can_be_broken_or_cut(old):
    whole = await exported(old)
    old.misbehave(export_error="error")
    assert '#error exporting "/interface/bridge/calea" (timeout)' not in whole
    assert "#error exporting /interface/bridge/calea" in await exported(old)
    old.misbehave(export_error="cut")
    assert len("".join(await exported(old))) < len("".join(whole)) * 0.8


def test_a_shared_prefix_is_written_once():
    pairs = [("configuration.mode", "ap"), ("configuration.country", "United Kingdom"), ("disabled", "no")]
    text = " ".join(assignments(pairs)).replace("= ", "=")
    assert text == 'configuration.country="United Kingdom" .mode=ap disabled=no'


@given(st.lists(st.tuples(st.sampled_from(["a", "a.b", "a.c", "d"]), st.text(max_size=100)), unique_by=lambda p: p[0]))
def test_no_line_that_can_be_wrapped_is_too_long(pairs):
    words = [piece + (" " if at % 2 else "") for at, piece in enumerate(assignments(pairs))]
    for line in wrapped(["add ", *words]):
        assert len(line) <= 80


@pytest.mark.parametrize("board", [board.key for board in BOARDS])
async def test_every_export_is_a_script_that_its_own_router_can_read(board, tmp_path):
    """Imported over a router whose added items were removed, an export brings the same export back."""
    async with Fleet(1, boards=(board,), data_dir=tmp_path) as fleet:
        router = fleet.routers[0]
        console = Console(session(router), lambda text: None)
        await console.line(
            '/ip address add address=10.77.0.1/24 interface=[/interface find name="ether1"] comment="a \\"b\\" \\$ ;"'
        )
        await console.line('/system script add name=s source=":put 1\\r\\n:put \\"two\\"\\r\\n\\t:put caf\\C3\\A9"')
        wanted = export.Options(show_secrets=True)
        before = export.export(router, wanted).split("\r\n", 1)[1]
        _clear(router)
        assert export.export(router, wanted).split("\r\n", 1)[1] != before
        text = "\n".join(line for line in before.replace("\r\n", "\n").split("\n") if not line.startswith("# "))
        printed: list[str] = []
        await Console(session(router), printed.append).run(text)
        assert export.export(router, wanted).split("\r\n", 1)[1] == before


def _clear(router):
    """Take out whatever an export would add again."""
    for path, menu in router.stock.menus.items():
        if menu.exported and not menu.single and not menu.fixed:
            table = router.own(path)
            for key, row in list(table.rows.items()):
                if row.get("dynamic") != "true" and "~builtin" not in row and row.get("default") != "true":
                    table.drop(key)
