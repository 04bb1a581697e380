"""Tenants: create with a key of their own, rename. Only a caller without a tenant decides about tenants."""

from typing import Final

import msgspec

from commands.engine.claim import Claim, Take, exchange
from commands.engine.handler import Fold, Handler, MakeKey, Outcomes, Trigger
from contracts.language.errors import AlreadyExists, NotFound, NotPermitted
from contracts.language.identity import PLATFORM
from contracts.language.message import Event
from contracts.language.sealed import tenant_key
from contracts.tenants import CreateTenant, RenameTenant, TenantCreated, TenantRenamed

TITLE: Final = Claim(
    purpose="tenants.title",
    taken="There is a tenant called “{value}” already. Choose another name, or rename the other tenant first.",
    is_platform_wide=True,
)


class Tenant(msgspec.Struct, frozen=True):
    """A tenant as deciding needs it: its name, which is empty as long as there is none."""

    title: str = ""


def evolve(tenant: Tenant, fact: Event) -> Tenant:
    """What a fact makes of the tenant."""
    match fact:
        case TenantCreated() | TenantRenamed():
            return Tenant(fact.title)
        case _:
            return tenant


TENANT: Final = Fold(word="tenants", initial=Tenant(), evolve=evolve, is_overwriting=True, is_tenant=True)


def _platform_only(trigger: Trigger, attempt: str) -> None:
    if trigger.tenant_id != PLATFORM:
        raise NotPermitted(f"A tenant cannot {attempt} tenants. Sign in as a super admin of the installation.")


def decide_create(tenant: Tenant, command: CreateTenant, trigger: Trigger) -> Outcomes:
    """The tenant, its name, and its key before both."""
    _platform_only(trigger, "create")
    if tenant.title:
        raise AlreadyExists(
            f"The tenant {command.tenant_id} exists already, as “{tenant.title}”. Create one with a new id."
        )
    return (
        MakeKey(tenant_key(command.tenant_id)),
        Take(TITLE, command.title),
        TenantCreated(tenant_id=command.tenant_id, title=command.title),
    )


def decide_rename(tenant: Tenant, command: RenameTenant, trigger: Trigger) -> Outcomes:
    """The new name, and the old one free again."""
    _platform_only(trigger, "rename")
    if not tenant.title:
        raise NotFound(f"There is no tenant {command.tenant_id} to rename. Look it up in the list of tenants.")
    if tenant.title == command.title:
        return ()
    return (
        *exchange(TITLE, tenant.title, command.title),
        TenantRenamed(tenant_id=command.tenant_id, title=command.title, previous_title=tenant.title),
    )


HANDLERS: Final = (Handler(CreateTenant, TENANT, decide_create), Handler(RenameTenant, TENANT, decide_rename))
