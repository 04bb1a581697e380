"""The lines a device wrote into its own log, searchable."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.device_log import LinesLogged
from projections.engine.projection import Each, Item, Log, Projection


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `stamp` is the device's own text for the time; `logged_at` is None when its clock makes no sense."""

    device_id: UUID
    logged_at: datetime | None
    stamp: str
    topics: tuple[str, ...]
    message: str


DEVICE_LOG: Final = Log("device_log", LogLine, indexes=(("device_id", "sequence"),), keep_days=30)

PROJECTIONS: Final = (
    Projection(
        name="device_log",
        version=1,
        stream="OBSERVATIONS",
        tables=(DEVICE_LOG,),
        on={LinesLogged: Each(DEVICE_LOG, "lines", logged_at=Item("at"))},
    ),
)
