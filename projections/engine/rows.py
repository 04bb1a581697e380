"""Events to changes, for one projection.

Pure, so that the same events give the same rows however they are cut into batches.
"""

from collections.abc import Iterable
from typing import TypeAlias

from contracts.language.identity import TenantId
from contracts.language.message import Message
from contracts.language.subject import Kind
from projections.engine.changes import Change, Key
from projections.engine.effects import Sink, Step, compile_effect, is_kept
from projections.engine.happened import Happened
from projections.engine.projection import Effect, Projection, Trigger
from projections.engine.sinks import AppendSink, HistorySink, StateSink, Watermark
from projections.engine.table import State, Table

Touched: TypeAlias = dict[TenantId, dict[str, None]]


def wanted_names(projections: Iterable[Projection]) -> frozenset[str] | None:
    """The names of the messages that some of these projections want; None when one wants a whole kind."""
    triggers = [trigger for projection in projections for trigger in projection.on]
    shapes = [trigger for trigger in triggers if not isinstance(trigger, Kind)]
    return None if len(shapes) < len(triggers) else frozenset(shape.name for shape in shapes)


class Model:
    """One projection at work.

    `missing` says which rows it must know, `apply` takes events in order, `take` gives what to write.
    """

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.watermark = Watermark()
        self._touched: Touched = {}
        self._steps: dict[type[Message], tuple[Step, ...]] = {}
        self._kinds = [trigger for trigger in projection.on if isinstance(trigger, Kind)]
        self._sinks: dict[Table, Sink] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything: what is known may not be what was committed."""
        self._sinks = {table: self._sink(table) for table in self.projection.tables}
        self._steps = {}
        self._touched = {}
        for trigger in self.projection.on:
            if not isinstance(trigger, Kind):
                self._steps_of(trigger)

    def wants(self, shape: type[Message]) -> bool:
        """Whether a message has any effect here."""
        return bool(self._steps_of(shape))

    def missing(self, happened: Happened, into: dict[StateSink, dict[Key, None]]) -> None:
        """Note which groups of kept rows have to be loaded before an event can be applied."""
        for step in self._steps[type(happened.message)]:
            for sink, group_of in step.needs:
                group = group_of(happened)
                if not sink.knows(group):
                    into.setdefault(sink, {})[group] = None

    def apply(self, happened: Happened) -> None:
        """Let one event that is wanted have its effects."""
        if happened.occurred_at > self.watermark.at:  # noqa: PLR1730  # calling max costs more than all the rest here
            self.watermark.at = happened.occurred_at
        for step in self._steps[type(happened.message)]:
            step.run(happened)
        try:
            self._touched[happened.tenant_id][happened.entity] = None
        except KeyError:
            self._touched[happened.tenant_id] = {happened.entity: None}

    def take(self) -> tuple[list[Change], Touched]:
        """What has gathered, and which entities of which tenants it is about."""
        changes = [change for sink in self._sinks.values() if (change := sink.take()) is not None]
        touched, self._touched = self._touched, {}
        return changes, touched

    def forget(self) -> None:
        """Let go of what is remembered beyond the limit; only when everything taken is committed."""
        for sink in self._sinks.values():
            if isinstance(sink, StateSink):
                sink.forget()

    def _sink(self, table: Table) -> Sink:
        if not isinstance(table, State):
            return AppendSink(table, self.watermark)
        if table.history:
            return HistorySink(table, self.watermark)
        return StateSink(table, self.watermark, is_kept=is_kept(table, self._declared()))

    def _declared(self) -> Iterable[tuple[Effect, type[Message]]]:
        for trigger in self.projection.on:
            shape = Message if isinstance(trigger, Kind) else trigger
            for effect in self.projection.effects(trigger):
                yield effect, shape

    def _steps_of(self, shape: type[Message]) -> tuple[Step, ...]:
        steps = self._steps.get(shape)
        if steps is None:
            triggers: list[Trigger] = [shape, *(kind for kind in self._kinds if kind == shape.kind)]
            effects = [effect for trigger in triggers for effect in self.projection.effects(trigger)]
            steps = self._steps[shape] = tuple(compile_effect(effect, shape, self._sinks) for effect in effects)
        return steps
