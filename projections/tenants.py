"""The tenant directory: who there is, and since when. What a tenant uses is counted where it lies, by the query."""

from datetime import datetime
from typing import Final

import msgspec

from contracts.tenants import TenantCreated, TenantRenamed
from projections.engine.projection import OCCURRED_AT, Projection, Put, State


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant. There is one row per tenant, so its key is the tenant column that every table has."""

    title: str
    created_at: datetime


TENANTS: Final = State("tenants", Tenant, entity="", history=True)

PROJECTIONS: Final = (
    Projection(
        name="tenants",
        version=1,
        stream="LEDGER",
        tables=(TENANTS,),
        on={
            TenantCreated: Put(TENANTS, created_at=OCCURRED_AT),
            TenantRenamed: Put(TENANTS),
        },
    ),
)
