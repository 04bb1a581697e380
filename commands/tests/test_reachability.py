from datetime import timedelta

import pytest

from commands.tests.given import ADDED, DEVICE, NOON, given
from contracts.devices import DeviceRetired
from contracts.reachability import CameOnline, ReachabilitySeen, WentOffline

ONLINE = CameOnline(device_id=DEVICE, since=NOON)
LATER = NOON + timedelta(minutes=5)


def seen(*, is_online: bool, since=NOON) -> ReachabilitySeen:
    return ReachabilitySeen(
        device_id=DEVICE,
        is_online=is_online,
        since=since,
        code="" if is_online else "device.timeout",
        message="" if is_online else "no answer",
    )


def test_the_first_verdict_about_a_device_is_a_fact():
    given(ADDED).when(seen(is_online=True)).then(ONLINE)
    given(ADDED).when(seen(is_online=False)).then(
        WentOffline(device_id=DEVICE, since=NOON, code="device.timeout", message="no answer")
    )


@pytest.mark.parametrize("since", [NOON, LATER])
def test_the_same_verdict_again_is_no_news(since):
    given(ADDED, ONLINE).when(seen(is_online=True, since=since)).then()


def test_a_device_that_changes_sides_is_a_fact():
    went = WentOffline(device_id=DEVICE, since=LATER, code="device.timeout", message="no answer")
    given(ADDED, ONLINE).when(seen(is_online=False, since=LATER)).then(went)
    given(ADDED, ONLINE, went).when(seen(is_online=True, since=LATER)).then(CameOnline(device_id=DEVICE, since=LATER))


def test_a_verdict_that_was_overtaken_by_a_later_one_is_no_news():
    went = WentOffline(device_id=DEVICE, since=LATER, code="device.timeout", message="no answer")
    given(ADDED, ONLINE, went).when(seen(is_online=True, since=NOON)).then()


def test_nobody_hears_of_a_device_that_is_not_ours_or_no_longer():
    given().when(seen(is_online=False)).then()
    given(ADDED, ONLINE, DeviceRetired(device_id=DEVICE)).when(seen(is_online=False, since=LATER)).then()
