"""The circuit breaker: how long to leave a device alone that does not answer; pure.

Closed while a device answers. Each failure opens it for longer than the one before, and when the time is over exactly
one look goes through (half-open): its answer closes the breaker, its failure opens it again. What will not mend by
itself opens it wide at once.
"""

from typing import Final

from contracts.language.errors import DeviceBusy, DeviceDenied, DeviceFault, DeviceUntrusted

FIRST_SHARE: Final = 0.25
"""The first pause, as a share of the interval: an outage takes three failures, and should not take three minutes."""
PAUSE_SECONDS_MAX: Final = 300.0
"""The longest pause, so that a device that is back is seen within it."""
LASTING_PAUSE_SECONDS: Final = 900.0
"""For a refused login or an unknown certificate: each try is a line in the device's log, and somebody has to act."""
SPREAD: Final = 0.25
"""Share of a pause by which devices differ, so that those behind one broken link do not all come back in one second."""

_DOUBLINGS_MAX: Final = 16
_PHASES: Final = 1 << 32


def pause_seconds(error: DeviceFault, failures: int, *, interval_seconds: float, phase: int) -> float:
    """How long to wait after the `failures`-th failure in a row (1 is the first).

    `phase` is the device's own number below 2**32.
    """
    if isinstance(error, DeviceDenied | DeviceUntrusted):
        pause = LASTING_PAUSE_SECONDS
    else:
        pause = FIRST_SHARE * interval_seconds * 2 ** min(failures - 1, _DOUBLINGS_MAX)
        pause = min(pause, max(PAUSE_SECONDS_MAX, interval_seconds))
        if isinstance(error, DeviceBusy):
            pause = max(pause, interval_seconds)
    return pause * (1 + SPREAD * phase / _PHASES)
