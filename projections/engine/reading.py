"""From what the bus delivers to what happened.

Decoded once for all projections of a stream, and only what one of them wants.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from contracts.language.codec import PREFIX, Codec
from contracts.language.delivery import Delivery
from contracts.language.errors import ContractBroken
from contracts.language.identity import PLATFORM, TenantId
from projections.engine.happened import Happened, uuid_of

_SUBJECT_PARTS: Final = 6
_TENANT, _ENTITY = 1, 4
_NUL: Final = b"\\u0000"
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""The character itself; behind an odd number of further backslashes the same letters are plain text."""
_REPLACEMENT: Final = rb"\1\\ufffd"


class Reading(msgspec.Struct, frozen=True):
    """One delivery as the messages it holds. `errors` says what in it could not be read; the rest goes on."""

    delivery: Delivery
    happened: tuple[Happened, ...]
    errors: tuple[str, ...] = ()


class Reader:
    """Reads deliveries for a set of projections.

    `names` are the messages they want (`health.observed`); None is all.
    """

    def __init__(self, codec: Codec, names: Collection[str] | None) -> None:
        self._codec = codec
        self._names = names
        self._wanted: dict[str, bool] = {}

    def read(self, deliveries: Sequence[Delivery]) -> list[Reading]:
        """Every delivery, in order; what cannot be read at all is a reading with nothing but its error."""
        return [self._read(delivery) for delivery in deliveries]

    def _read(self, delivery: Delivery) -> Reading:
        try:
            return self._messages(delivery)
        except ContractBroken as error:
            return Reading(delivery, (), (error.message,))

    def _messages(self, delivery: Delivery) -> Reading:  # noqa: C901  # one look, in the order of a message
        headers = delivery.headers
        name = headers.get("ce-type")
        if not name:
            raise ContractBroken(f"A message on {delivery.subject} has no type")
        is_wanted = self._is_wanted(name)
        if not (is_wanted or name.startswith(_POLL)):
            return Reading(delivery, ())
        data = delivery.data
        if _NUL in data:  # PostgreSQL's text cannot hold it, and a device's comment may
            data = _ESCAPED_NUL.sub(_REPLACEMENT, data)
        message = self._codec.decode_body(name, data)
        if message is None:
            return Reading(delivery, ())
        subject = delivery.subject.split(".")
        if len(subject) != _SUBJECT_PARTS:
            raise ContractBroken(f"{delivery.subject!r} is not a subject of this house")
        occurred_at = _time(delivery)
        sampled_at = occurred_at.replace(microsecond=occurred_at.microsecond // 1000 * 1000)
        about = (_tenant(subject[_TENANT]), subject[_ENTITY], uuid_of(subject[_ENTITY]))
        place = (*about, delivery.sequence, occurred_at, sampled_at, delivery.stored_at, headers)
        happened = [Happened(message, *place)] if is_wanted else []
        errors: list[str] = []
        parts: Mapping[str, msgspec.Raw] | None = getattr(message, "parts", None)
        for part, raw in parts.items() if parts else ():
            full = f"{PREFIX}.{part}"
            if self._is_wanted(full):
                try:
                    seen = self._codec.decode_body(full, raw)
                except ContractBroken as error:
                    errors.append(error.message)
                else:
                    if seen is not None:
                        happened.append(Happened(seen, *place))
        return Reading(delivery, tuple(happened), tuple(errors))

    def _is_wanted(self, full: str) -> bool:
        """Whether a type name (`tod.health.observed.v1`), of any version, is one that somebody wants."""
        wanted = self._wanted.get(full)
        if wanted is None:
            plain = full.removeprefix(f"{PREFIX}.").rpartition(".v")[0]
            wanted = self._wanted[full] = self._names is None or plain in self._names
        return wanted


_POLL: Final = f"{PREFIX}.polls.observed."


def _time(delivery: Delivery) -> datetime:
    try:
        occurred_at = datetime.fromisoformat(delivery.headers["ce-time"])
        return min(occurred_at, delivery.stored_at)
    except (KeyError, ValueError, TypeError) as error:
        raise ContractBroken(f"A message on {delivery.subject} has no usable time: {error}") from error


def _tenant(text: str) -> TenantId:
    tenant = uuid_of(text)
    if tenant is None:
        raise ContractBroken(f"{text!r} is not a tenant")
    return TenantId(tenant)


def tenant_of(delivery: Delivery) -> TenantId:
    """Whose a delivery is, as far as can be said: the platform's when its subject does not tell."""
    try:
        return _tenant(delivery.subject.split(".")[_TENANT])
    except (ContractBroken, IndexError):
        return PLATFORM
