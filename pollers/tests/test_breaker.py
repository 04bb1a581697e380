import pytest

from contracts.language.errors import DeviceBusy, DeviceDenied, DeviceTimeout, DeviceUnreachable, DeviceUntrusted
from pollers.engine.breaker import LASTING_PAUSE_SECONDS, PAUSE_SECONDS_MAX, SPREAD, pause_seconds

PHASES = (0, 1 << 31, (1 << 32) - 1)


def pause(error, failures, *, phase=0, interval_seconds=60.0):
    return pause_seconds(error, failures, interval_seconds=interval_seconds, phase=phase)


def test_each_failure_pauses_longer_up_to_a_limit():
    pauses = [pause(DeviceUnreachable("gone"), failures) for failures in range(1, 40)]
    assert pauses[:5] == [15.0, 30.0, 60.0, 120.0, 240.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == PAUSE_SECONDS_MAX


@pytest.mark.parametrize("phase", PHASES)
def test_devices_behind_one_broken_link_do_not_come_back_together(phase):
    plain = pause(DeviceTimeout("slow"), 4)
    assert plain <= pause(DeviceTimeout("slow"), 4, phase=phase) <= plain * (1 + SPREAD)


@pytest.mark.parametrize("error", [DeviceDenied("no"), DeviceUntrusted("who?")])
def test_what_does_not_mend_by_itself_is_left_alone_at_once(error):
    assert pause(error, 1) == LASTING_PAUSE_SECONDS


def test_a_busy_device_is_not_asked_more_often_than_a_healthy_one():
    assert pause(DeviceBusy("20 sessions"), 1) == 60.0


def test_a_slow_rhythm_is_never_quickened_by_the_limit():
    assert pause(DeviceUnreachable("gone"), 9, interval_seconds=3600.0) == 3600.0
