"""Whether a service of a router takes a connection: switched on, allowed place, below its limit (facts 7.1, 7.2)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ops.simulator.release import Release

if TYPE_CHECKING:
    from ops.simulator.router import Router
    from ops.simulator.tree import Row

SERVICES = "/ip/service"
_LIMITED_SINCE = Release(7, 16)
_DEFAULT_SESSIONS_MAX = 20


def _service(router: Router, name: str) -> Row:
    return next((row for row in router.table(SERVICES).rows.values() if row.get("name") == name), {})


def admits(router: Router, name: str, address: str) -> bool:
    """Tell whether a new connection is taken."""
    if router.is_away or (router.mishaps is not None and router.mishaps.refuse):
        return False
    if router.overlay is not None and SERVICES in router.overlay:
        row = _service(router, name)
        if row.get("disabled") == "true" or not _from_allowed_place(str(row.get("address", "")), address):
            return False
    return not router.sessions or router.release < _LIMITED_SINCE or _has_room(router, name)


def _has_room(router: Router, name: str) -> bool:
    via = name.removesuffix("-ssl")
    limit = int(str(_service(router, name).get("max-sessions", _DEFAULT_SESSIONS_MAX)))
    return sum(1 for session in router.sessions or () if session.via == via) < limit


def _from_allowed_place(allowed: str, address: str) -> bool:
    if not allowed:
        return True
    here = ipaddress.ip_address(address)
    return any(here in ipaddress.ip_network(part, strict=False) for part in allowed.split(","))


def certificate_of(router: Router) -> str | None:
    """Return the certificate that somebody gave api-ssl; None while it is the factory's."""
    if router.overlay is None or SERVICES not in router.overlay:
        return None
    certificate = _service(router, "api-ssl").get("certificate")
    return certificate if isinstance(certificate, str) else None
