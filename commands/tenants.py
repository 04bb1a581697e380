"""Tenants: create with a key of their own, rename, suspend, erase; by a caller without a tenant alone."""

from typing import Final

import msgspec

from commands.engine.claim import Claim, Release, Take, exchange
from commands.engine.handler import DestroyKey, Fold, Handler, MakeKey, Outcomes, Process, Revoke, Trigger, Wishes
from contracts.language.errors import AlreadyExists, InvalidRequest, NotFound, NotPermitted
from contracts.language.identity import PLATFORM
from contracts.language.message import Command, Event, entity_of
from contracts.language.sealed import tenant_key
from contracts.tenants import (
    CreateTenant,
    EraseTenant,
    RenameTenant,
    ResumeTenant,
    SuspendTenant,
    TenantClosed,
    TenantCreated,
    TenantErased,
    TenantRenamed,
    TenantResumed,
    TenantSuspended,
)

TITLE: Final = Claim(
    purpose="tenants.title",
    taken="There is a tenant called “{value}” already. Choose another name, or rename the other tenant first.",
    is_platform_wide=True,
)


class Tenant(msgspec.Struct, frozen=True):
    """A tenant as deciding needs it: its name, which is empty as long as there is none, and whether it is open."""

    title: str = ""
    is_suspended: bool = False
    is_erased: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its people are let in and its devices looked at."""
        return bool(self.title) and not self.is_suspended and not self.is_erased


def evolve(tenant: Tenant, fact: Event) -> Tenant:
    """What a fact makes of the tenant."""
    match fact:
        case TenantCreated() | TenantRenamed():
            return msgspec.structs.replace(tenant, title=fact.title)
        case TenantSuspended():
            return msgspec.structs.replace(tenant, is_suspended=True)
        case TenantResumed():
            return msgspec.structs.replace(tenant, is_suspended=False)
        case TenantErased():
            return msgspec.structs.replace(tenant, is_erased=True)
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


def _standing(tenant: Tenant, command: Command, trigger: Trigger, attempt: str) -> None:
    _platform_only(trigger, attempt)
    if not tenant.title:
        raise NotFound(f"There is no tenant {entity_of(command)} to {attempt}. Look it up in the list of tenants.")
    if tenant.is_erased:
        raise NotFound(f"The tenant “{tenant.title}” has been erased: one cannot {attempt} it. Create another one.")


def decide_rename(tenant: Tenant, command: RenameTenant, trigger: Trigger) -> Outcomes:
    """The new name, and the old one free again."""
    _standing(tenant, command, trigger, "rename")
    if tenant.title == command.title:
        return ()
    return (
        *exchange(TITLE, tenant.title, command.title),
        TenantRenamed(tenant_id=command.tenant_id, title=command.title, previous_title=tenant.title),
    )


def decide_suspend(tenant: Tenant, command: SuspendTenant, trigger: Trigger) -> Outcomes:
    """Closed until it is resumed."""
    _standing(tenant, command, trigger, "suspend")
    return () if tenant.is_suspended else (TenantSuspended(tenant_id=command.tenant_id),)


def decide_resume(tenant: Tenant, command: ResumeTenant, trigger: Trigger) -> Outcomes:
    """Open again."""
    _standing(tenant, command, trigger, "resume")
    return (TenantResumed(tenant_id=command.tenant_id),) if tenant.is_suspended else ()


def decide_erase(tenant: Tenant, command: EraseTenant, trigger: Trigger) -> Outcomes:
    """No more, and its name free again. Its keys are destroyed by the process that follows."""
    _standing(tenant, command, trigger, "erase")
    if command.title != tenant.title:
        raise InvalidRequest(f"This tenant is not called “{command.title}”. Give the title of the one you mean.")
    return (Release(TITLE, tenant.title), TenantErased(tenant_id=command.tenant_id))


def next_wishes(tenant: Tenant, fact: TenantSuspended | TenantResumed | TenantErased, _trigger: Trigger) -> Wishes:
    """Every gateway knows at once; of a tenant that is erased the keys are destroyed."""
    closed = Revoke(TenantClosed(tenant_id=fact.tenant_id, is_closed=not tenant.is_open))
    if not tenant.is_erased:
        return (closed,)
    return (closed, DestroyKey(tenant_key(fact.tenant_id)), DestroyKey(f"config-{fact.tenant_id}"))


HANDLERS: Final = (
    Handler(CreateTenant, TENANT, decide_create),
    Handler(RenameTenant, TENANT, decide_rename),
    Handler(SuspendTenant, TENANT, decide_suspend),
    Handler(ResumeTenant, TENANT, decide_resume),
    Handler(EraseTenant, TENANT, decide_erase),
)
PROCESSES: Final = (
    Process(name="tenants", facts=(TenantSuspended, TenantResumed, TenantErased), fold=TENANT, step=next_wishes),
)
