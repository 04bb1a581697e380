"""One report or due time, to the facts that it means. Nobody waits for an answer, and nothing new means no fact.

A report that comes again finds its facts in the state: what is known already is nothing new.
"""

from collections.abc import Mapping
from typing import Any

from commands.engine.aggregate import Loaded
from commands.engine.append import Case, Ledger
from commands.engine.cause import cause_of
from commands.engine.handler import Outcomes, Reaction, Trigger
from contracts.language.codec import Recorded
from contracts.language.delivery import Delivery
from contracts.language.errors import ContractBroken, Refusal, StaleState, Unavailable


class Reactions:
    """The reactions of a catalog, found by their message."""

    def __init__(self, ledger: Ledger, reactions: tuple[Reaction[Any, Any], ...]) -> None:
        self._ledger = ledger
        self._reactions: Mapping[type, Reaction[Any, Any]] = {reaction.message: reaction for reaction in reactions}

    def lane(self, recorded: Recorded) -> str:
        """What is decided one after the other: all that is said about one entity."""
        reaction = self._reaction(recorded)
        return reaction.fold.filter(recorded.tenant_id, reaction.entity(recorded.message))

    async def react(self, delivery: Delivery, recorded: Recorded) -> None:
        """Append what it means. Raises Unavailable when it has to come again, ContractBroken when it never can."""
        reaction, message = self._reaction(recorded), recorded.message

        def decide(loaded: Loaded[Any], trigger: Trigger) -> Outcomes:
            outcomes: Outcomes = reaction.decide(loaded.state, message, trigger)
            return outcomes

        case = Case(
            fold=reaction.fold,
            entity=reaction.entity(message),
            cause=cause_of(delivery, recorded),
            decide=decide,
        )
        try:
            await self._ledger.conclude(case)
        except StaleState as error:
            raise Unavailable(f"{message.name} about {case.entity} has to wait: {error}") from error
        except Refusal as error:
            raise ContractBroken(
                f"{message.name} about {case.entity} was refused, with nobody to tell: {error}"
            ) from error

    def _reaction(self, recorded: Recorded) -> Reaction[Any, Any]:
        try:
            return self._reactions[type(recorded.message)]
        except KeyError:
            raise ContractBroken(f"Nobody reacts to {recorded.message.name}: see commands/catalog.py") from None
