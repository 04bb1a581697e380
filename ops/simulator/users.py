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

    __slots__ = ("address", "echo", "end", "group", "policies", "router", "since", "user", "via")

    def __init__(
        self, router: Router, user: str, *, group: str, policies: frozenset[str], via: str, address: str = ""
    ) -> None:
        self.router = router
        self.user = user
        self.group = group
        self.end: Callable[[], None] | None = None  # ends the connection
        self.echo: Callable[[str], None] | None = None  # shows critical log lines on a terminal
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
    nobody = router.mishaps is not None and router.mishaps.wrong_password
    for row in () if nobody else router.table("/user").rows.values():
        if row.get("name") != name or row.get("disabled") == "true":
            continue
        password = shown(row.get("~password", ""), router.moment()) or ""
        group = str(row.get("group", ""))
        policies = policies_of(router, group)
        if proves(password) and via in policies and _from_allowed_place(str(row.get("address", "")), address):
            return _open(Session(router, name, group=group, policies=policies, via=via, address=address))
    router.log("system,error,critical", f"login failure for user {name} from {address} via {via}")
    return None


def _open(session: Session) -> Session:
    router = session.router
    if router.sessions is None:
        router.sessions = []
    router.sessions.append(session)
    router.log("system,info,account", f"user {session.user} logged in from {session.address} via {session.via}")
    return session


def sign_out(session: Session) -> None:
    """Close a session; safe mode that it held is undone (facts 9.6)."""
    router = session.router
    if router.sessions is None or session not in router.sessions:
        return
    router.sessions.remove(session)
    router.log("system,info,account", f"user {session.user} logged out from {session.address} via {session.via}")
    if router.has_history and router.history.holder is session:
        router.history.unroll(session)


def system_session(router: Router, owner: str, policy: str) -> Session:
    """Return a session of the router itself: the scheduler's, with the policies that an entry keeps."""
    return Session(router, owner, group="full", policies=frozenset(policy.split(",")), via="scheduler")
