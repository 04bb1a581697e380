"""What belongs to no other word: that somebody was denied something."""

from typing import Final

from commands.engine.questions import Answerer, Desk, Occasion
from contracts.audit import AccessDenied, Noted, NoteDenial


async def note_denial(desk: Desk, question: NoteDenial, occasion: Occasion) -> Noted:
    """Have it in the log, under the tenant of who was denied."""
    fact = AccessDenied(
        denial_id=occasion.id, permission=question.permission, method=question.method, path=question.path
    )
    await occasion.note(desk, fact, actor=question.actor, role=question.role.value, session=question.session)
    return Noted()


ANSWERERS: Final = (Answerer(question=NoteDenial, answer=note_denial),)
