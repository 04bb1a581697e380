"""Replies to parts: what is asked when, what is remembered, and what a bad answer may not do."""

import json
from datetime import UTC, datetime
from typing import ClassVar

import msgspec
import pytest

from contracts.language.message import Observation
from pollers.engine import observe as module
from pollers.engine.collector import REFRESH_SECONDS, Collector, Menu, Survey, inventory, sample
from pollers.engine.observe import blank, observe
from pollers.tests.answers import late, of_menus, rows, trapped

NOON = datetime(2025, 7, 21, 12, tzinfo=UTC)


class LoadSeen(Observation, frozen=True, kw_only=True):
    name: ClassVar[str] = "load.seen"
    load: str


class NamesListed(Observation, frozen=True, kw_only=True):
    name: ClassVar[str] = "names.listed"
    names: tuple[str, ...]


class ModelSeen(Observation, frozen=True, kw_only=True):
    name: ClassVar[str] = "model.seen"
    model: str


BOX = Menu("/box", ("load",))
MODEL = Menu("/box", ("model",))
NAMES = Menu("/names", ("name",))
EXTRA = Menu("/extra", ("name",))


def names(first, second):
    return NamesListed(names=tuple(name or "" for table in (first, second) if table for name in table[0]))


LOAD = Collector(observation=LoadSeen, menus=(BOX,), step=sample(lambda box: LoadSeen(load=box[0][0] or "")))
LIST = Collector(observation=NamesListed, menus=(NAMES, EXTRA), step=inventory(names), period_seconds=300)
WHAT = Collector(
    observation=ModelSeen,
    menus=(MODEL,),
    step=inventory(lambda box: ModelSeen(model=box[0][0] or "")),
    is_identity=True,
)
SURVEY = Survey((LOAD, LIST, WHAT), 60)
ALL = SURVEY.plan(0b111, 0)


class Device:
    """A device with these menus, looked at again and again; every look is published."""

    def __init__(self, **menus):
        self.menus = {f"/{name}": table for name, table in menus.items()}
        self.memory = blank(SURVEY)
        self.asked = []

    def look(self, *, due=0b111, refresh=0, replies=None):
        plan = SURVEY.plan(due, self.memory.missing)
        self.asked = [ask.command for ask in plan.asks]
        answers = of_menus(plan, self.menus) if replies is None else replies(plan)
        observed = observe(SURVEY, plan, answers, self.memory, at=NOON, refresh=refresh)
        self.memory = observed.memory
        return {name: json.loads(bytes(memoryview(part))) for name, part in observed.parts.items()}


@pytest.fixture
def device():
    return Device(box=[{"load": "7", "model": "router"}], names=[{"name": "a"}, {"name": "b"}], extra=[{"name": "c"}])


def test_collectors_that_read_one_menu_ask_it_once_with_the_fields_of_all():
    assert [ask.command for ask in ALL.asks] == ["/box/print", "/names/print", "/extra/print"]
    assert ALL.asks[0].fields == ("load", "model")


def test_a_question_holds_only_the_fields_of_those_who_ask_it_this_time():
    (ask,) = SURVEY.plan(0b001, 0).asks
    assert ask.fields == ("load",)
    assert SURVEY.plan(0b011, 0).asks[0] is ask, "and is encoded once for all plans"


def test_a_first_look_says_everything(device):
    assert device.look() == {
        "load.seen.v1": {"load": "7"},
        "names.listed.v1": {"names": ["a", "b", "c"]},
        "model.seen.v1": {"model": "router"},
    }


def test_an_inventory_is_said_when_it_changes_and_a_sample_always(device):
    device.look()
    assert set(device.look()) == {"load.seen.v1"}
    device.menus["/names"] = [{"name": "a"}]
    assert device.look()["names.listed.v1"] == {"names": ["a", "c"]}


def test_an_inventory_is_repeated_when_it_is_its_turn_to_be(device):
    device.look()
    assert "names.listed.v1" in device.look(refresh=0b010)


def test_what_was_not_published_is_said_again(device):
    before = device.memory
    device.look()
    device.memory = before
    assert "names.listed.v1" in device.look()


def test_a_menu_that_is_not_there_is_asked_for_once_and_the_rest_is_read(device):
    del device.menus["/extra"]
    assert device.look()["names.listed.v1"] == {"names": ["a", "b"]}
    device.look()
    assert device.asked == ["/box/print", "/names/print"]


def test_a_collector_without_any_menu_is_silent(device):
    del device.menus["/extra"], device.menus["/names"]
    assert "names.listed.v1" not in device.look()
    device.look()
    assert device.asked == ["/box/print"]


def test_menus_that_were_missing_are_looked_for_again_when_the_device_became_another(device):
    del device.menus["/extra"]
    device.look()
    device.menus |= {"/box": [{"load": "7", "model": "switch"}], "/extra": [{"name": "c"}]}
    device.look()
    assert device.look()["names.listed.v1"] == {"names": ["a", "b", "c"]}


def test_a_late_answer_makes_its_collector_wait_and_no_other(device):
    device.look()
    device.menus["/names"] = []

    def answer(plan):
        return [rows(plan.asks[0], [{"load": "9", "model": "router"}]), late(plan.asks[1]), late(plan.asks[2])]

    assert device.look(replies=answer) == {"load.seen.v1": {"load": "9"}}
    assert device.look()["names.listed.v1"] == {"names": ["c"]}


def test_a_passing_refusal_is_no_missing_menu(device):
    def answer(plan):
        busy = "action timed out - try again, if error continues contact MikroTik support"
        return [trapped(plan.asks[0], busy), *of_menus(plan, device.menus)[1:]]

    assert set(device.look(replies=answer)) == {"names.listed.v1"}
    assert device.memory.missing == 0
    assert set(device.look()) == {"load.seen.v1", "model.seen.v1"}


def test_a_menu_that_we_may_not_read_is_left_out_but_not_given_up(device):
    def answer(plan):
        replies = of_menus(plan, device.menus)
        return [*replies[:2], trapped(plan.asks[2], "not enough permissions (9)")]

    assert device.look(replies=answer)["names.listed.v1"] == {"names": ["a", "b"]}
    assert device.look()["names.listed.v1"] == {"names": ["a", "b", "c"]}


def test_an_empty_menu_and_rows_without_attributes_are_ordinary(device):
    device.menus |= {"/names": [], "/extra": [{}, {}]}
    assert device.look()["names.listed.v1"] == {"names": ["", ""]}


def test_text_that_is_not_ascii_survives(device):
    device.menus["/names"] = [{"name": "Rīga šķiedra=5"}]
    assert device.look()["names.listed.v1"] == {"names": ["Rīga šķiedra=5", "c"]}


def test_a_part_too_big_for_a_message_is_left_out_and_named(device, monkeypatch):
    monkeypatch.setattr(module, "PARTS_BYTES_MAX", 100)
    device.menus["/names"] = [{"name": "x" * 200}]
    observed = observe(SURVEY, ALL, of_menus(ALL, device.menus), blank(SURVEY), at=NOON)
    assert observed.left_out == ("names.listed.v1",)
    assert set(observed.parts) == {"load.seen.v1", "model.seen.v1"}


def test_everybody_asks_in_the_first_round_and_then_by_period():
    turns = [SURVEY.turn(number, phase=3) for number in range(31)]
    assert turns[0].due == 0b111
    assert all(turn.due & 0b101 == 0b101 for turn in turns)
    assert sum(turn.due >> 1 & 1 for turn in turns[1:]) == 6


def test_an_inventory_is_repeated_about_once_a_day_and_only_when_it_is_asked():
    day = round(REFRESH_SECONDS / 60)
    turns = [SURVEY.turn(number, phase=11) for number in range(1, day + 1)]
    assert [sum(turn.refresh >> number & 1 for turn in turns) for number in range(3)] == [1, 1, 1]
    assert all(turn.refresh & ~turn.due == 0 for turn in turns)


def test_devices_repeat_their_inventories_at_different_times():
    moments = {next(n for n in range(2000) if SURVEY.turn(n + 1, phase).refresh) for phase in range(0, 2000, 7)}
    assert len(moments) > 100


def test_parts_are_raw_json_so_that_a_poll_is_encoded_once(device):
    observed = observe(SURVEY, ALL, of_menus(ALL, device.menus), blank(SURVEY), at=NOON)
    assert all(isinstance(part, msgspec.Raw) for part in observed.parts.values())
