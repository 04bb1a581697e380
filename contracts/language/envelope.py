"""What stands around a message: CloudEvents 1.0 in NATS binary mode, plus who asked and what caused what.

The header names are those of the CloudEvents NATS binding (`ce-` before every attribute); `tod-actor`,
`tod-correlation` and `tod-causation` are ours, `traceparent` is W3C Trace Context.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from contracts.language.errors import ContractBroken

SPEC_VERSION: Final = "1.0"
MESSAGE_ID: Final = "Nats-Msg-Id"
ANSWER_TO: Final = "tod-answer-to"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One message's headers. `id` is the same on every retry; `occurred_at` is aware and UTC.

    `actor` is `user:<id>`, `key:<id>`, `operator:<name>` or `process:<name>`. `correlation` is the id of the action
    that began it all, `causation` the id of the message that led to this one. `role` is what the actor was then,
    `session` the session or key that it acted through, `reason` what it gave as its reason.
    """

    id: str
    occurred_at: datetime
    source: str
    actor: str = ""
    correlation: str = ""
    causation: str = ""
    traceparent: str = ""
    role: str = ""
    session: str = ""
    reason: str = ""

    def causing(self, identity: str, *, source: str, occurred_at: datetime) -> "Envelope":
        """The envelope of what follows from this message: same actor, session, correlation and trace."""
        return Envelope(
            id=identity,
            occurred_at=occurred_at,
            source=source,
            actor=self.actor,
            role=self.role,
            session=self.session,
            correlation=self.correlation or self.id,
            causation=self.id,
            traceparent=self.traceparent,
        )


def to_headers(envelope: Envelope, ce_type: str) -> dict[str, str]:
    """The headers that every message carries; what is empty is left out.

    A reason may be any text, and a header only ASCII: it is percent-encoded.
    """
    headers = {
        MESSAGE_ID: envelope.id,
        "ce-specversion": SPEC_VERSION,
        "ce-id": envelope.id,
        "ce-type": ce_type,
        "ce-source": envelope.source,
        "ce-time": envelope.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    if envelope.actor:
        headers["tod-actor"] = envelope.actor
    if envelope.correlation:
        headers["tod-correlation"] = envelope.correlation
    if envelope.causation:
        headers["tod-causation"] = envelope.causation
    if envelope.traceparent:
        headers["traceparent"] = envelope.traceparent
    if envelope.role:
        headers["tod-role"] = envelope.role
    if envelope.session:
        headers["tod-session"] = envelope.session
    if envelope.reason:
        headers["tod-reason"] = quote(envelope.reason)
    return headers


def from_headers(headers: Mapping[str, str]) -> Envelope:
    """Read the headers back; raises ContractBroken when one that must be there is not."""
    try:
        return Envelope(
            id=headers["ce-id"],
            occurred_at=datetime.fromisoformat(headers["ce-time"]),
            source=headers["ce-source"],
            actor=headers.get("tod-actor", ""),
            correlation=headers.get("tod-correlation", ""),
            causation=headers.get("tod-causation", ""),
            traceparent=headers.get("traceparent", ""),
            role=headers.get("tod-role", ""),
            session=headers.get("tod-session", ""),
            reason=unquote(headers.get("tod-reason", "")),
        )
    except (KeyError, ValueError) as error:
        raise ContractBroken(f"A message without a usable header {error}: it was not written by this house") from error
