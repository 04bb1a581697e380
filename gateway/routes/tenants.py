"""The tenants: all of them for the installation, one's own for everybody else."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count
from gateway.http.views import Filter, Match, Shape, View


class TenantCard(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant, and how many devices it looks after."""

    tenant_id: UUID
    title: str
    created_at: datetime
    state: Literal["open", "suspended", "erased"]
    device_total: Count
    device_online: Count
    sequence: int


_MODELS: Final = ("tenants", "devices", "reachability")

VIEWS: Final = (
    View(
        path="/tenants",
        query="tenants.list",
        row=TenantCard,
        permission=Permission.TENANTS_READ,
        shape=Shape.LIST,
        key="tenant_id",
        sorts=("title", "-created_at", "-device_total"),
        filters=(Filter("search", Match.CONTAINS, column="title"), Filter("state", Match.ANY_OF)),
        models=_MODELS,
        has_as_of=True,
        is_platform=True,
    ),
    View(
        path="/tenants/{tenant_id:uuid}",
        query="tenants.one",
        row=TenantCard,
        permission=Permission.TENANTS_READ,
        models=_MODELS,
        has_as_of=True,
        is_platform=True,
    ),
)
