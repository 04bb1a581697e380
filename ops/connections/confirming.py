"""What JetStream says of a publish: stored, stored before, or why not, in our words."""

from typing import Final

import msgspec
from nats.aio.msg import Msg

from contracts.language.delivery import Appended
from contracts.language.errors import ContractBroken, StaleState, Unavailable

STALE: Final = frozenset({10071, 10164, 10201})  # wrong last sequence, in two forms; a batch that is already stored


class _ApiError(msgspec.Struct):
    """What JetStream says when it says no."""

    code: int = 0
    err_code: int = 0
    description: str = ""


class _PublishAck(msgspec.Struct):
    """JetStream's confirmation of a publish."""

    stream: str = ""
    seq: int = 0
    duplicate: bool = False
    error: _ApiError | None = None


_ACK: Final = msgspec.json.Decoder(_PublishAck)


def acknowledged(answer: Msg, subject: str) -> Appended:
    """What JetStream says of one publish; raises when it did not store it."""
    if (status := status_of(answer)) is not None:
        raise Unavailable(f"No stream takes {subject} (status {status}); run `tod migrate`, or wait for JetStream")
    ack = _ACK.decode(answer.data)
    if (error := ack.error) is None:
        return Appended(ack.seq, ack.duplicate)
    if error.err_code in STALE:
        raise StaleState(f"Somebody else wrote to {subject} first ({error.description})")
    if error.code >= 500:  # noqa: PLR2004 - the server's own trouble, as in HTTP
        raise Unavailable(f"JetStream could not store on {subject}: {error.description}")
    raise ContractBroken(f"JetStream refused to store on {subject}: {error.description} ({error.err_code})")


def status_of(msg: Msg) -> str | None:
    """The inline status of a message from the server itself, or None for a message with content."""
    return msg.headers.get("Status") if msg.headers else None
