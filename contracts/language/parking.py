"""Setting a delivery aside.

The message as it was, under a `parked` subject, with where it came from and why it stopped.
"""

from typing import Final

from contracts.language.delivery import Delivery, Outgoing
from contracts.language.envelope import MESSAGE_ID
from contracts.language.subject import Kind

PARKED_FROM: Final = "tod-parked-from"
PARKED_SEQUENCE: Final = "tod-parked-sequence"
PARKED_BY: Final = "tod-parked-by"
ERROR: Final = "tod-error"
ERROR_CHARACTERS_MAX: Final = 2000
_OF_THE_SERVER: Final = "Nats-"


def parked(delivery: Delivery, *, by: str, reason: str) -> Outgoing:
    """What to publish so that a delivery can be looked at and replayed.

    Parked twice by one reader, it is there once.
    """
    root, tenant, _kind, rest = delivery.subject.split(".", 3)
    headers = {name: value for name, value in delivery.headers.items() if not name.startswith(_OF_THE_SERVER)}
    headers |= {
        MESSAGE_ID: f"{delivery.stream}-{delivery.sequence}-{by}",
        PARKED_FROM: delivery.stream,
        PARKED_SEQUENCE: str(delivery.sequence),
        PARKED_BY: by,
        ERROR: " ".join(reason.split())[:ERROR_CHARACTERS_MAX],
    }
    return Outgoing(f"{root}.{tenant}.{Kind.PARKED}.{rest}", headers, delivery.data)
