"""Named example values for all tests, so that the same tenant, device and noon mean the same thing everywhere."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from contracts.language.identity import DeviceId, TenantId

NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
TENANT: Final = TenantId(UUID("7e9a0000-0000-4000-8000-000000000001"))
OTHER_TENANT: Final = TenantId(UUID("7e9a0000-0000-4000-8000-000000000002"))
DEVICE: Final = DeviceId(UUID("de71ce00-0000-4000-8000-000000000001"))
OTHER_DEVICE: Final = DeviceId(UUID("de71ce00-0000-4000-8000-000000000002"))
