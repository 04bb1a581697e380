"""What each process may say and hear on NATS: the least it needs, and nothing else.

A forbidden publish shows at the client as a time-out, so a subject that is missing here is found in its error log.
Inboxes carry the name of their process: nobody can read another's answers. Only `migrations` may change a stream.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from contracts.language.streams import ACTIONS, DEVICE_JOBS, DUE, PROCESSES, REPORTS, STREAMS, ConsumerSpec
from contracts.language.subject import Kind, kind_filter

API: Final = "$JS.API"


class Grant(msgspec.Struct, frozen=True):
    """The subjects one user may publish to and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox(user: str) -> str:
    """The prefix of the inboxes of one user."""
    return f"_INBOX_{user}"


def _take(*consumers: ConsumerSpec) -> Iterable[str]:
    for spec in consumers:
        yield f"{API}.CONSUMER.MSG.NEXT.{spec.stream}.{spec.name}"
        yield f"{API}.CONSUMER.INFO.{spec.stream}.{spec.name}"
        yield f"$JS.ACK.{spec.stream}.{spec.name}.>"


def _follow(stream: str, *filters: str) -> Iterable[str]:
    """Consumers of one's own: with filters named, one filter each and none other (it is part of the subject)."""
    if filters:
        yield from (f"{API}.CONSUMER.CREATE.{stream}.*.{subjects}" for subjects in filters)
    else:
        yield f"{API}.CONSUMER.CREATE.{stream}.>"
    yield f"{API}.CONSUMER.MSG.NEXT.{stream}.*"
    yield f"{API}.CONSUMER.DELETE.{stream}.*"


def _look(*streams: str) -> Iterable[str]:
    for stream in streams:
        yield f"{API}.STREAM.INFO.{stream}"
        yield f"{API}.DIRECT.GET.{stream}"
        yield f"{API}.DIRECT.GET.{stream}.>"


def _inform() -> Iterable[str]:
    return (f"{API}.STREAM.INFO.{stream.name}" for stream in STREAMS)


def _say(*kinds: Kind) -> Iterable[str]:
    return (kind_filter(kind) for kind in kinds)


ALL_STREAMS: Final = tuple(stream.name for stream in STREAMS)

USERS: Final[dict[str, Grant]] = {
    "gateway": Grant(
        publish=(
            *_say(Kind.ACTION, Kind.ASK),
            *_inform(),
            *_follow("REVOCATIONS", kind_filter(Kind.REVOKED)),
        ),
        subscribe=(f"{inbox('gateway')}.>", "tod.*.live.>"),
    ),
    "commands": Grant(
        publish=(
            *_say(Kind.FACT, Kind.JOB, Kind.TIMER, Kind.PARKED, Kind.EVIDENCE, Kind.REVOKED),
            *_inform(),
            *_look("LEDGER"),
            *_follow("LEDGER"),
            *_take(ACTIONS, PROCESSES, REPORTS, DUE),
            f"{API}.STREAM.PURGE.TIMERS",
            f"{inbox('gateway')}.>",
        ),
        subscribe=(f"{inbox('commands')}.>", kind_filter(Kind.ASK)),
    ),
    "pollers": Grant(
        publish=(
            *_say(Kind.OBSERVATION, Kind.REPORT, Kind.PARKED),
            *_inform(),
            *_follow("LEDGER", kind_filter(Kind.FACT, "devices"), kind_filter(Kind.FACT, "tenants")),
            *_take(DEVICE_JOBS),
        ),
        subscribe=(f"{inbox('pollers')}.>",),
    ),
    "projections": Grant(
        publish=(
            "tod.*.live.>",
            *_say(Kind.PARKED),
            *_look(*ALL_STREAMS),
            *(subject for stream in ALL_STREAMS for subject in _follow(stream)),
        ),
        subscribe=(f"{inbox('projections')}.>",),
    ),
    "operator": Grant(
        publish=(
            *_look(*ALL_STREAMS),
            *(subject for stream in ALL_STREAMS for subject in _follow(stream)),
            f"{API}.INFO",
            f"{API}.CONSUMER.LIST.*",
            f"{API}.CONSUMER.INFO.*.*",
        ),
        subscribe=(f"{inbox('operator')}.>", "tod.*.live.>"),
    ),
    "migrations": Grant(publish=(f"{API}.>",), subscribe=(f"{inbox('migrations')}.>",)),
}
