"""Fills a fresh installation over its public interface: the tenants, and the simulated routers as their devices.

Every request carries an idempotency key made of its place in the list: doing it again adds only what is missing.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx
import msgspec

from contracts.language.access import Role
from contracts.language.errors import TodError, Unavailable
from contracts.language.transport import Transport
from ops import log as logging_setup
from ops.cli.token import mint
from ops.embedded.ports import LOOPBACK
from ops.embedded.site import Site, find_site
from ops.embedded.stack import FIRST_ROUTER, SEEDED_FILE, Seeded, seeded
from ops.simulator import Fleet, Ports

IN_FLIGHT_MAX: Final = 16
REQUEST_SECONDS: Final = 60.0
TOKEN_HOURS: Final = 1.0
TITLES: Final = ("Alpine Wireless", "Borough Networks", "Coastline Internet", "Delta Rural Broadband", "Elmwood Fibre")
TRANSPORTS: Final = {"anonymous": Transport.TLS_ANONYMOUS}
"""What must be asked for, because nobody falls to a weaker rung by himself."""

Report = Callable[[str], None]


def seed(folder: Path, wanted: Seeded, report: Report) -> None:
    """Add tenants and devices up to the numbers asked for, and never remove one.

    Raises `Unavailable` with the platform's answer when it refuses.
    """
    site = find_site(folder)
    if site is None:
        raise Unavailable(f"nothing was ever started in {folder}")
    done = seeded(folder)
    asyncio.run(_seed(site, done, wanted, report))
    so_far = Seeded(tenants=max(done.tenants, wanted.tenants), devices=max(done.devices, wanted.devices))
    (folder / SEEDED_FILE).write_bytes(msgspec.json.encode(so_far))


async def _seed(site: Site, done: Seeded, wanted: Seeded, report: Report) -> None:
    token = await mint(site.folder, role=Role.SUPER_ADMIN, tenant="", hours=TOKEN_HOURS)
    async with httpx.AsyncClient(
        base_url=f"http://{LOOPBACK}:{site.ports['http']}/api",
        headers={"Authorization": f"Bearer {token}"},
        timeout=REQUEST_SECONDS,
    ) as client:
        tenants = [await _add_tenant(client, number) for number in range(wanted.tenants)]
        report(f"{len(tenants)} tenants are there")
        await _add_devices(client, site, tenants, range(done.devices, wanted.devices), report)


async def _add_tenant(client: httpx.AsyncClient, number: int) -> str:
    title = TITLES[number] if number < len(TITLES) else f"Tenant {number + 1}"
    answer = await _post(client, "/tenants", {"title": title}, key=f"seed-tenant-{number}", tenant=None)
    return str(answer["tenant_id"])


async def _add_devices(
    client: httpx.AsyncClient, site: Site, tenants: list[str], numbers: range, report: Report
) -> None:
    """Add the routers of these numbers to the tenants in turn, IN_FLIGHT_MAX at once."""
    ports = Ports(site.ports["simulator-api"], site.ports["simulator-tls"], site.ports["simulator-ssh"])
    routers = Fleet(
        max(1, numbers.stop), ports=ports, first=FIRST_ROUTER, data_dir=site.folder / "simulator"
    ).describe()
    window, added = asyncio.Semaphore(IN_FLIGHT_MAX), 0

    async def add(number: int, router: Mapping[str, object]) -> None:
        nonlocal added
        device = {
            "title": f"{router['identity']} {number + 1}",
            "host": router["address"],
            "username": router["username"],
            "password": router["password"],
            "api_port": router["api_port"],
            "tls_port": router["tls_port"],
            "transport": TRANSPORTS.get(str(router["tls"]), Transport.AUTO),
        }
        async with window:
            await _post(client, "/devices", device, key=f"seed-device-{number}", tenant=tenants[number % len(tenants)])
        added += 1
        report(f"adding simulated routers: {added} of {len(numbers)}")

    async with asyncio.TaskGroup() as adding:
        for number in numbers:
            adding.create_task(add(number, routers[number]))


async def _post(
    client: httpx.AsyncClient, path: str, body: Mapping[str, object], *, key: str, tenant: str | None
) -> dict[str, object]:
    headers = {"Idempotency-Key": key} | ({"Tod-Tenant": tenant} if tenant else {})
    try:
        answer = await client.post(path, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise Unavailable(f"the gateway did not answer POST {path}: {error!r}") from error
    if answer.is_error:
        raise Unavailable(f"POST {path} was answered {answer.status_code}: {answer.text}")
    return msgspec.json.decode(answer.content, type=dict[str, object])


def say(text: str) -> None:
    """Say a line; the supervisor shows the last one."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _, folder_text, tenants_text, devices_text = sys.argv
    logging_setup.configure("seeding", level="error")
    try:
        seed(Path(folder_text), Seeded(tenants=int(tenants_text), devices=int(devices_text)), say)
    except TodError as error:
        sys.exit(error.message)
