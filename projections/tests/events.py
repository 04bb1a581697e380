"""Any event that a contract allows, for properties.

Strategies made from the fields and limits of the contracts themselves.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from contracts.catalog import CODEC, MESSAGES
from contracts.language.codec import body, part_name
from contracts.language.delivery import Delivery
from contracts.language.envelope import Envelope
from contracts.language.message import Message, entity_of
from contracts.language.subject import Kind
from contracts.language.transport import Transport
from contracts.polls import PollObserved
from projections.engine.projection import Projection

BASE = datetime(2026, 11, 1, 12, tzinfo=UTC)
TENANTS = (UUID(int=0xA), UUID(int=0xB))
ENTITIES = tuple(UUID(int=number) for number in (1, 2, 3))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.sampled_from(("", "ether1", "ether2", "\0"))
MOMENTS = st.integers(0, 200_000).map(lambda seconds: BASE + timedelta(seconds=seconds))


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912  # one case per type
    """Any value of a field's type, within its limits."""
    match kind:
        case inspect.Metadata(type=inner):
            return values(inner)
        case inspect.UnionType(types=types):
            return st.one_of([values(each) for each in types])
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=low, le=high):
            return st.integers(0 if low is None else int(low), 2**40 if high is None else int(high))
        case inspect.FloatType(ge=low, le=high):
            return st.floats(-1e6 if low is None else low, 1e6 if high is None else high, allow_nan=False, width=32)
        case inspect.StrType(pattern=None, max_length=None):
            return TEXTS
        case inspect.StrType():
            return st.sampled_from(("a", "b1", "c2"))
        case inspect.UUIDType():
            return st.sampled_from(ENTITIES)
        case inspect.DateTimeType():
            return MOMENTS
        case inspect.EnumType(cls=cls):
            return st.sampled_from(list(cls))
        case inspect.StructType(cls=cls):
            return structs(cls)
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=3).map(tuple)
        case inspect.DictType(value_type=value):
            return st.dictionaries(TEXTS, values(value), max_size=3)
        case _:
            raise NotImplementedError(kind)


def structs(shape: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any struct of a shape. Columns of equal length stay so: a list of counters has a place for every name."""
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)
    fields = {field.name: field for field in described.fields}
    if shape is PollObserved:
        return st.builds(PollObserved, epoch=st.integers(0, 3), tick=st.integers(1, 9), took_ms=st.just(1.0),
                         rung=st.sampled_from(list(Transport)), parts=st.just({}))  # fmt: skip
    if "names" in fields:
        return st.integers(0, 3).flatmap(lambda length: _columns(shape, fields, length))
    return st.builds(shape, **{name: values(field.type) for name, field in fields.items()})


def _columns(shape: type[msgspec.Struct], fields: dict[str, Any], length: int) -> st.SearchStrategy[Any]:
    columns = {
        name: st.lists(values(field.type.item_type), min_size=length, max_size=length).map(tuple)
        for name, field in fields.items()
    }
    return st.builds(shape, **{**columns, "names": st.just(("ether1", "ether2", "ether3")[:length])})


def shapes(projection: Projection) -> list[type[Message]]:
    """What a projection may meet: what it names, and whatever has the kind it names."""
    kinds = {trigger for trigger in projection.on if isinstance(trigger, Kind)}
    named = [trigger for trigger in projection.on if not isinstance(trigger, Kind)]
    return [*named, *(shape for shape in MESSAGES if shape.kind in kinds)]


@st.composite
def histories(draw: st.DrawFn, projection: Projection) -> list[Delivery]:
    """A stretch of a stream: times that run back and forth, two tenants, few entities, so that everything meets."""
    known = shapes(projection)
    steps = draw(st.lists(st.tuples(st.sampled_from(known), st.integers(0, 9_000), st.integers(0, 600)), max_size=12))
    recorded_at, found = BASE, []
    for sequence, (shape, after, late) in enumerate(steps, start=1):
        recorded_at += timedelta(seconds=after)
        message = draw(structs(shape))
        tenant = draw(st.sampled_from(TENANTS))
        entity = entity_of(message) if shape.entity else str(draw(st.sampled_from(ENTITIES)))
        if not entity or not entity.replace("-", "").isalnum() or not entity.isascii():
            entity = "claim0"
        if shape.kind is Kind.OBSERVATION and not isinstance(message, PollObserved) and draw(st.booleans()):
            parts = {part_name(shape): msgspec.Raw(body(message))}
            message = PollObserved(epoch=1, tick=sequence, took_ms=1.0, rung=Transport.PLAIN, parts=parts)
        envelope = Envelope(
            id=f"event-{sequence}",
            occurred_at=recorded_at - timedelta(seconds=late),
            source="test",
            actor="user:1",
            correlation=draw(st.sampled_from(("", "event-1", "event-2"))),
            causation=draw(st.sampled_from(("", "event-1", "event-2"))),
        )
        outgoing = CODEC.encode(message, tenant, envelope, entity=entity)
        found.append(
            Delivery(outgoing.subject, outgoing.headers, outgoing.data, projection.stream, sequence, recorded_at)
        )
    return found
