"""Messages to bytes and back, by type name. Old shapes are lifted here and nowhere else.

A poll is one message on the wire that holds several observations (`polls.observed` with `parts`), so that a device
costs one publish a round; reading it gives each part as a message of its own, under the same envelope and sequence.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from contracts.language.delivery import Delivery, Outgoing
from contracts.language.envelope import Envelope, from_headers, to_headers
from contracts.language.errors import ContractBroken
from contracts.language.identity import TenantId
from contracts.language.message import Message, entity_of
from contracts.language.subject import Kind, build, parse

PREFIX: Final = "tod"
SCHEMA_ROOT: Final = "/api/schemas"
_ENCODER: Final = msgspec.json.Encoder()


class Recorded(msgspec.Struct, frozen=True):
    """One message with its place: whose it is, what it is about, and the sequence of the stored message it came in."""

    message: Message
    envelope: Envelope
    tenant_id: TenantId
    entity: str
    sequence: int


class Retired(msgspec.Struct, frozen=True):
    """An old shape of a message, and how it is lifted to the next version's shape."""

    shape: type[Message]
    lift: Callable[[Any], Message]


def type_name(shape: type[Message]) -> str:
    """The CloudEvents type of a message: `tod.devices.added.v1`."""
    return f"{PREFIX}.{shape.name}.v{shape.version}"


def body(message: Message) -> bytes:
    """The bytes of a message without its envelope."""
    return _ENCODER.encode(message)


class Codec:
    """Every message of a catalog, by type name. Stateless after it is made; share one per process."""

    def __init__(self, shapes: tuple[type[Message], ...], retired: tuple[Retired, ...] = ()) -> None:
        self._decoders: dict[str, msgspec.json.Decoder[Message]] = {}
        self._lifts: dict[str, Callable[[Any], Message]] = {}
        for shape in shapes:
            self._learn(shape)
        for old in retired:
            self._learn(old.shape)
            self._lifts[type_name(old.shape)] = old.lift

    def _learn(self, shape: type[Message]) -> None:
        name = type_name(shape)
        if name in self._decoders:
            raise ContractBroken(f"Two contracts are called {name}")
        self._decoders[name] = msgspec.json.Decoder(shape)

    def knows(self, name: str) -> bool:
        """Whether a type name can be read here."""
        return name in self._decoders

    def encode(
        self, message: Message, tenant_id: UUID, envelope: Envelope, *, entity: UUID | str | None = None
    ) -> Outgoing:
        """Make a message ready for the wire; `entity` is needed only where the body does not hold it."""
        about = entity_of(message) if entity is None else entity
        headers = to_headers(envelope, type_name(type(message)))
        if (
            message.kind is not Kind.OBSERVATION
        ):  # a sample goes without: they are derivable, and there are many samples
            headers["ce-subject"] = str(about)
            headers["ce-datacontenttype"] = "application/json"
            headers["ce-dataschema"] = f"{SCHEMA_ROOT}/{message.name}.v{message.version}.json"
        return Outgoing(build(tenant_id, message.kind, message.name, about), headers, body(message))

    def decode_body(self, name: str, data: bytes | msgspec.Raw) -> Message | None:
        """The newest shape of one body.

        None for a name this process does not know; raises ContractBroken when it does not fit.
        """
        decoder = self._decoders.get(name)
        if decoder is None:
            return None
        try:
            message = decoder.decode(data)
            while (lift := self._lifts.get(type_name(type(message)))) is not None:
                message = lift(message)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ContractBroken(f"A message says it is {name} and is not: {error}") from error
        return message

    def decode(self, delivery: Delivery) -> list[Recorded]:
        """A delivery as the messages it holds; nothing for a name this process does not know."""
        name = delivery.headers.get("ce-type", "")
        message = self.decode_body(name, delivery.data)
        if message is None:
            if not name:
                raise ContractBroken(f"A message on {delivery.subject} has no type")
            return []
        subject = parse(delivery.subject)
        envelope = from_headers(delivery.headers)
        recorded = Recorded(message, envelope, subject.tenant_id, subject.entity, delivery.sequence)
        parts: Mapping[str, msgspec.Raw] | None = getattr(message, "parts", None)
        if parts is None:
            return [recorded]
        return [recorded, *self._parts(recorded, parts)]

    def _parts(self, whole: Recorded, parts: Mapping[str, msgspec.Raw]) -> Iterator[Recorded]:
        for name, data in parts.items():
            part = self.decode_body(f"{PREFIX}.{name}", data)
            if part is not None:
                yield Recorded(part, whole.envelope, whole.tenant_id, whole.entity, whole.sequence)


def part_name(shape: type[Message]) -> str:
    """What a part is called inside a poll: its type without the prefix, `health.observed.v1`."""
    return f"{shape.name}.v{shape.version}"
