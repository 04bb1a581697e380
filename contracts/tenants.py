"""Tenants: the walls of the house.

A tenant's own facts lie under its own subject; its name is claimed on the platform.
"""

from typing import Annotated, ClassVar, Final

from msgspec import Meta

from contracts.language.access import Permission
from contracts.language.identity import TenantId
from contracts.language.message import Command, CommandSpec, Event, Method, Revocation

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


class SuspendTenant(Command, frozen=True, kw_only=True):
    """Let nobody of a tenant in, and leave its devices alone, until it is resumed. Nothing of it is lost."""

    name: ClassVar[str] = "tenants.suspend"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId


class ResumeTenant(Command, frozen=True, kw_only=True):
    """Let a tenant go on that was suspended."""

    name: ClassVar[str] = "tenants.resume"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId


class EraseTenant(Command, frozen=True, kw_only=True):
    """Destroy the keys of a tenant and of all its people, for good. Its title must be given: it cannot be undone."""

    name: ClassVar[str] = "tenants.erase"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId
    title: TenantName


class TenantSuspended(Event, frozen=True, kw_only=True):
    """Nobody of a tenant is let in, and its devices are left alone."""

    name: ClassVar[str] = "tenants.suspended"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId


class TenantResumed(Event, frozen=True, kw_only=True):
    """A tenant goes on."""

    name: ClassVar[str] = "tenants.resumed"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId


class TenantErased(Event, frozen=True, kw_only=True):
    """A tenant is no more: its keys are destroyed, and with them all that was sealed by them."""

    name: ClassVar[str] = "tenants.erased"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId


class TenantClosed(Revocation, frozen=True, kw_only=True):
    """Access tokens of a tenant are good no longer; or, when it is open again, new ones are."""

    name: ClassVar[str] = "tenants.closed"
    entity: ClassVar[str] = "tenant_id"
    tenant_id: TenantId
    is_closed: bool


def _platform(command: type[Command], method: Method, path: str) -> CommandSpec:
    return CommandSpec(
        command,
        method,
        f"/tenants/{{tenant_id:uuid}}{path}",
        Permission.TENANTS_WRITE,
        "tenants.one",
        platform=True,
    )


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
    _platform(RenameTenant, Method.PUT, "/title"),
    _platform(SuspendTenant, Method.POST, "/suspension"),
    _platform(ResumeTenant, Method.DELETE, "/suspension"),
    _platform(EraseTenant, Method.POST, "/erasure"),
)
MESSAGES: Final = (TenantCreated, TenantRenamed, TenantSuspended, TenantResumed, TenantErased, TenantClosed)
