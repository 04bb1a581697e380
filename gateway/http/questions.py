"""Asking `commands` what must not be kept, and having personal data sealed and opened there. Nothing is stored."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from contracts.language.asking import Said, read
from contracts.language.delivery import Bus
from contracts.language.identity import PLATFORM, TenantId, UserId
from contracts.language.message import Question
from contracts.language.sealed import Personal
from contracts.language.subject import ask_subject
from contracts.users.questions import Locked, OpenPersonal, SealedPerson, SealPerson
from gateway.http.problems import refusal_of
from gateway.http.views import Reveal

ANSWER_SECONDS_MAX: Final = 10.0


class Questions:
    """The way to `commands` for questions."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(self, question: Question, tenant_id: UUID = PLATFORM) -> Any:  # noqa: ANN401 - `question.answer`
        """The answer to a question on behalf of a tenant; raises its refusal, or Unavailable."""
        subject = ask_subject(tenant_id, question.name)
        data = await self._bus.request(subject, msgspec.json.encode(question), within_seconds=ANSWER_SECONDS_MAX)
        said = read(type(question), data)
        if isinstance(said, Said):
            raise refusal_of(said.code, said.message)
        return said

    async def seal(self, tenant_id: TenantId, user_id: UUID, texts: Mapping[str, str]) -> SealedPerson:
        """Texts about a person, sealed with the key of that person."""
        sealed: SealedPerson = await self.ask(SealPerson(user_id=UserId(user_id), texts=dict(texts)), tenant_id)
        return sealed

    async def reveal(self, rows: Sequence[dict[str, Any]], reveals: Sequence[Reveal]) -> None:
        """Put the text in the place of what is sealed in rows; an empty one where the person has been erased."""
        places = [
            (row, reveal)
            for row in rows
            for reveal in reveals
            if row[reveal.column] is not None and row[reveal.column] != b"null"
        ]
        if not places:
            return
        items = [
            Locked(
                sealed=msgspec.json.decode(row[reveal.column], type=Personal),
                tenant_id=TenantId(row[reveal.tenant]),
                entity=str(row[reveal.entity]),
                field=reveal.field or reveal.column,
            )
            for row, reveal in places
        ]
        opened = await self.ask(OpenPersonal(items=items))
        for (row, reveal), text in zip(places, opened.texts, strict=True):
            row[reveal.column] = text
