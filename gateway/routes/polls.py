"""How a device is asked."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count, Milliseconds
from gateway.http.views import View


class PollNow(msgspec.Struct, frozen=True, kw_only=True):
    """The last look at a device, and how many went well, failed, or were lost before they arrived here."""

    tenant_id: UUID
    device_id: UUID
    answered_at: datetime | None
    failed_at: datetime | None
    rung: str | None
    took_ms: Milliseconds | None
    failures: Count | None
    code: str | None
    message: str | None
    answered_total: Count
    failed_total: Count
    missed_total: Count
    gap_at: datetime | None


VIEWS: Final = (
    View(
        path="/devices/{device_id:uuid}/polls",
        query="polls.of_device",
        row=PollNow,
        permission=Permission.METRICS_READ,
        models=("devices", "polls"),
    ),
)
