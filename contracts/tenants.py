"""Tenants: the walls of the house.

A tenant's own facts lie under its own subject; its name is claimed on the platform.
"""

from typing import Annotated, ClassVar, Final

from msgspec import Meta

from contracts.language.access import Permission
from contracts.language.identity import TenantId
from contracts.language.message import Command, CommandSpec, Event, Method

TenantName = Annotated[
    str, Meta(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$", description="Unique in the installation.")
]


class CreateTenant(Command, frozen=True, kw_only=True):
    """Open a tenant, with a key of its own."""

    name: ClassVar[str] = "tenants.create"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId
    title: TenantName


class RenameTenant(Command, frozen=True, kw_only=True):
    """Give a tenant another name."""

    name: ClassVar[str] = "tenants.rename"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId
    title: TenantName


class TenantCreated(Event, frozen=True, kw_only=True):
    """A tenant exists, and its key with it."""

    name: ClassVar[str] = "tenants.created"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId
    title: str


class TenantRenamed(Event, frozen=True, kw_only=True):
    """A tenant has another name."""

    name: ClassVar[str] = "tenants.renamed"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId
    title: str
    previous_title: str


COMMANDS: Final = (
    CommandSpec(
        CreateTenant,
        Method.POST,
        "/tenants",
        Permission.TENANTS_WRITE,
        "tenants.one",
        creates=True,
        platform=True,
    ),
    CommandSpec(
        RenameTenant,
        Method.PUT,
        "/tenants/{tenant_id:uuid}/title",
        Permission.TENANTS_WRITE,
        "tenants.one",
        platform=True,
    ),
)
MESSAGES: Final = (TenantCreated, TenantRenamed)
