"""Who may do what: users, groups and their policies, and the sessions of those who are in (facts 2, 17)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from ops.simulator.moment import shown

if TYPE_CHECKING:
    from ops.simulator.router import Router


class Session:
    """One user on one router, through one door."""

    __slots__ = ("address", "policies", "router", "since", "user", "via")

    def __init__(self, router: Router, user: str, policies: frozenset[str], via: str, address: str) -> None:
        self.router = router
        self.user = user
        self.policies = policies
        self.via = via
        self.address = address
        self.since = router.device_time()


def policies_of(router: Router, group: str) -> frozenset[str]:
    """Return what a group may do."""
    for row in router.table("/user/group").rows.values():
        if row.get("name") == group:
            return frozenset(name for name in str(row["policy"]).split(",") if not name.startswith("!"))
    return frozenset()


def _from_allowed_place(allowed: str, address: str) -> bool:
    if allowed in {"", "0.0.0.0/0"}:
        return True
    here = ipaddress.ip_address(address)
    return any(here in ipaddress.ip_network(part, strict=False) for part in allowed.split(","))


def sign_in(router: Router, name: str, proves: Callable[[str], bool], via: str, address: str) -> Session | None:
    """Return a session, or None: the caller cannot tell a wrong password from a missing right (facts 2.9)."""
    for row in router.table("/user").rows.values():
        if row.get("name") != name or row.get("disabled") == "true":
            continue
        password = shown(row.get("~password", ""), router.moment()) or ""
        policies = policies_of(router, str(row.get("group", "")))
        if proves(password) and via in policies and _from_allowed_place(str(row.get("address", "")), address):
            return Session(router, name, policies, via, address)
    return None
