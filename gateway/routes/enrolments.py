"""Enrolling by a link that is good once, and asking for one when a password was forgotten."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from msgspec import Meta

from contracts.language.errors import InvalidRequest
from contracts.users.questions import AskReset, Enrol, Enrolled, LinkShown, Nothing, ShowLink
from contracts.users.shapes import Email
from gateway.http.authorization import OPEN
from gateway.http.bodies import body_as
from gateway.http.endpoints import Answer, Endpoint
from gateway.http.questions import Questions
from gateway.http.strangers import NewLock, Strangers, open_post, private_answer


class ResetAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose password was forgotten."""

    email: Email


class EnrolmentRoutes:
    """The open routes of links."""

    def __init__(self, questions: Questions, strangers: Strangers) -> None:
        self._questions = questions
        self._strangers = strangers

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Their declarations."""
        return (
            Endpoint(
                method="GET",
                path="/api/enrolments/{token:str}",
                access=OPEN,
                handler=self._show_link,
                summary="What the link of an invitation or a reset is for.",
                answers=(Answer(200, "What it is for.", shape=LinkShown),),
                refusals=(400, 404, 429, 503),
            ),
            open_post(
                "/api/enrolments/{token:str}",
                self._enrol,
                body=NewLock,
                answer=Answer(200, "You can sign in now.", shape=Enrolled),
                summary="Enrol: use a link up, and sign in with what this verifier was made of from now on.",
                refusals=(404, 412),
            ),
            open_post(
                "/api/enrolments",
                self._ask_reset,
                body=ResetAsked,
                answer=Answer(202, "If somebody has this address, a mail is on its way.", shape=Nothing),
                summary="Ask for a link to choose another password.",
            ),
        )

    async def _show_link(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        await self._strangers.count(request)
        return private_answer(await self._questions.ask(ShowLink(token=_token(request))))

    async def _enrol(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        await self._strangers.count(request)
        asked = await body_as(request, NewLock)
        question = Enrol(token=_token(request), **msgspec.structs.asdict(asked))
        return private_answer(await self._questions.ask(question))

    async def _ask_reset(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        asked = await body_as(request, ResetAsked)
        await self._strangers.count_sign_in(request, asked.email)
        await self._questions.ask(AskReset(email=asked.email))
        return private_answer(Nothing(), status=202)


_TOKEN: Final = Annotated[str, Meta(min_length=20, max_length=120, pattern=r"^[A-Za-z0-9_\-]+$")]


def _token(request: Request[Any, Any, Any]) -> str:
    try:
        return str(msgspec.convert(request.path_params["token"], _TOKEN))
    except msgspec.ValidationError as error:
        raise InvalidRequest("This is not the end of a link: copy the whole of it from the mail.") from error
