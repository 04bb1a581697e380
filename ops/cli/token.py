"""`tod token`: an access token for development, minted by the part of the house that may, and said so in the log."""

import asyncio
import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID, uuid4

import typer

from commands.sessions import mint_token
from contracts.catalog import CODEC
from contracts.language.access import Role
from contracts.language.errors import InvalidRequest, NotFound
from contracts.language.identity import TenantId
from contracts.language.subject import Kind, kind_filter
from contracts.tenants import TenantCreated, TenantRenamed
from migrations.grants import inbox
from ops.cli.installation import DEFAULT_DATA_DIR, DataDir, settings_of
from ops.cli.log import operator_bus
from ops.cli.output import AsJson, console, print_json
from ops.connections.nats import connect
from ops.connections.openbao import open_keys
from ops.settings import CommandsSettings

HOURS_MAX: Final = 24.0


def token(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    role: Annotated[Role, typer.Option(help="What the bearer is.")] = Role.SUPER_ADMIN,
    tenant: Annotated[
        str, typer.Option(help="The id or title of the tenant; every role but super_admin has one.")
    ] = "",
    hours: Annotated[float, typer.Option(min=0.01, max=HOURS_MAX, help="How long it is good for.")] = 8.0,
    as_json: AsJson = False,
) -> None:
    """Print an access token for development. That it was made, for whom and until when, is a fact in the log."""
    text = asyncio.run(mint(data_dir, role=role, tenant=tenant, hours=hours))
    if as_json:
        print_json({"token": text, "role": role, "hours": hours})
    else:
        console.print(text, soft_wrap=True, highlight=False, markup=False)


async def mint(data_dir: Path, *, role: Role, tenant: str, hours: float) -> str:
    """Mint one; raises NotFound for a tenant that does not exist."""
    if (role is Role.SUPER_ADMIN) == bool(tenant):
        raise InvalidRequest(
            "A super_admin belongs to no tenant, and every other role to one: give --tenant for those."
        )
    tenant_id = await tenant_named(data_dir, tenant) if tenant else None
    settings = settings_of(CommandsSettings, "commands", data_dir)
    bus = await connect(settings.nats_url, user="commands", seed=settings.nats_seed(), inbox=inbox("commands"))
    try:
        async with open_keys(settings.openbao_url, settings.openbao_role()) as keys:
            return await mint_token(
                bus,
                keys,
                subject=f"operator:{getpass.getuser()}",
                role=role,
                tenant_id=tenant_id,
                lifetime_seconds=int(hours * 3600),
                session_id=uuid4(),
                at=datetime.now(UTC),
            )
    finally:
        await bus.close()


async def tenant_named(data_dir: Path, wanted: str) -> TenantId:
    """The tenant with this id or title; raises NotFound."""
    titles = await tenants(data_dir)
    for tenant_id, title in titles.items():
        if wanted in (str(tenant_id), title):
            return tenant_id
    known = ", ".join(f"{title!r}" for title in titles.values()) or "none yet"
    raise NotFound(f"There is no tenant {wanted!r}; the tenants are {known}.")


async def tenants(data_dir: Path) -> Mapping[TenantId, str]:
    """Every tenant with its title, from the facts themselves."""
    bus = await operator_bus(data_dir)
    titles: dict[TenantId, str] = {}
    try:
        for delivery in await bus.history("LEDGER", kind_filter(Kind.FACT, "tenants")):
            for recorded in CODEC.decode(delivery):
                if isinstance(recorded.message, TenantCreated | TenantRenamed):
                    titles[TenantId(UUID(recorded.entity))] = recorded.message.title
    finally:
        await bus.close()
    return titles
