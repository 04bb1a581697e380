"""The tenant directory: who there is, and since when. What a tenant uses is counted where it lies, by the query."""

from datetime import datetime
from typing import Final

import msgspec

from contracts.tenants import TenantCreated, TenantErased, TenantRenamed, TenantResumed, TenantSuspended
from projections.engine.projection import OCCURRED_AT, Const, Projection, Put, State


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant; `state` is `open`, `suspended` or `erased`.

    There is one row per tenant, so its key is the tenant column that every table has.
    """

    title: str
    created_at: datetime
    state: str = "open"


TENANTS: Final = State("tenants", Tenant, entity="", history=True)

PROJECTIONS: Final = (
    Projection(
        name="tenants",
        version=2,
        stream="LEDGER",
        tables=(TENANTS,),
        on={
            TenantCreated: Put(TENANTS, created_at=OCCURRED_AT),
            TenantRenamed: Put(TENANTS),
            TenantSuspended: Put(TENANTS, state=Const("suspended")),
            TenantResumed: Put(TENANTS, state=Const("open")),
            TenantErased: Put(TENANTS, state=Const("erased")),
        },
    ),
)
