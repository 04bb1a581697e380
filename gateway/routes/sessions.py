"""Signing in and going on: what strangers may ask; and the list of one's own sessions.

The access token is given to the page, which keeps it in memory alone. The refresh token lies in a cookie that no script
reads, that no other site makes a browser send, and that only the paths below take; or, for a client that is no
browser, in the answer.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from contracts.language.access import Permission, Role
from contracts.language.errors import InvalidRequest, NotPermitted, NotSignedIn, SessionOver
from contracts.language.identity import UserId
from contracts.language.measure import Seconds
from contracts.sessions import (
    Account,
    BeginHandshake,
    ChangeLock,
    Handshake,
    HandshakeId,
    LockProved,
    OpenSession,
    Proof,
    PublicNumber,
    RefreshToken,
    RenewSession,
    SessionGiven,
)
from gateway.http.authorization import address_of, caller_of
from gateway.http.bodies import body_as
from gateway.http.endpoints import Answer, Endpoint
from gateway.http.headers import add_headers
from gateway.http.questions import Questions
from gateway.http.strangers import NewLock, Strangers, open_post, private_answer
from gateway.http.views import Filter, Match, Reveal, Shape, View

COOKIE: Final = "tod_refresh"
COOKIE_PATH: Final = "/api/sessions"
RENEW_HEADER: Final = "tod-renew"
AGENT_CHARACTERS_MAX: Final = 200
JSON: Final = "application/json"
NEVER_STORED: Final = {"Cache-Control": "no-store"}


class Begin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose sign-in begins."""

    email: Account


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof, and where the refresh token shall be: in a cookie, or in the answer's body."""

    handshake_id: HandshakeId
    client_public: PublicNumber
    client_proof: Proof
    keep: Literal["cookie", "body"] = "cookie"


class Renewal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The refresh token, where it is not in the cookie."""

    refresh_token: RefreshToken | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session's tokens. Send the access token as `Authorization: Bearer`; it is good for `expires_in` seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: Seconds
    session_id: UUID
    user_id: UUID
    role: Role
    tenant_id: UUID | None
    refresh_expires_in: Seconds
    server_proof: str = ""
    refresh_token: str = ""


class LockChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof of what one signs in with now, and what it shall be."""

    handshake_id: HandshakeId
    client_public: PublicNumber
    client_proof: Proof
    lock: NewLock


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One session. `state` is `open`, `ended` or `expired`; where it is from is shown to who may see the person."""

    tenant_id: UUID
    session_id: UUID
    user_id: UUID
    state: Literal["open", "ended", "expired"]
    opened_at: datetime
    renewed_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    end_reason: str
    address: str | None
    agent: str | None
    sequence: int


_REVEALS: Final = (Reveal("address", "session_id"), Reveal("agent", "session_id"))

VIEWS: Final = (
    View(
        path="/sessions",
        query="sessions.mine",
        row=SessionLine,
        permission=Permission.SELF,
        shape=Shape.LIST,
        key="session_id",
        sorts=("-opened_at",),
        filters=(Filter("state", Match.ANY_OF),),
        reveals=_REVEALS,
        is_platform=True,
    ),
    View(
        path="/sessions/{session_id:uuid}",
        query="sessions.one",
        row=SessionLine,
        permission=Permission.SELF,
        reveals=_REVEALS,
        is_platform=True,
    ),
    View(
        path="/users/{user_id:uuid}/sessions",
        query="sessions.list",
        row=SessionLine,
        permission=Permission.USERS_READ,
        shape=Shape.LIST,
        key="session_id",
        sorts=("-opened_at",),
        filters=(Filter("state", Match.ANY_OF),),
        reveals=_REVEALS,
    ),
)


class SignInRoutes:
    """The open routes of signing in, and changing what one signs in with."""

    def __init__(self, questions: Questions, strangers: Strangers, *, is_behind_tls: bool) -> None:
        self._questions = questions
        self._strangers = strangers
        self._is_behind_tls = is_behind_tls

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Their declarations."""
        return (
            open_post(
                "/api/sessions/handshakes",
                self._begin,
                body=Begin,
                answer=Answer(200, "What the proof is made from.", shape=Handshake),
                summary="Begin to sign in: the salt of an address, and a number to prove against.",
            ),
            open_post(
                "/api/sessions",
                self._sign_in,
                body=SignIn,
                answer=Answer(201, "You are signed in.", shape=SignedIn),
                summary="Sign in: prove to know password and Secret Key, and be given a session.",
                refusals=(401,),
            ),
            open_post(
                "/api/sessions/renewal",
                self._renew,
                body=Renewal,
                answer=Answer(200, "The session goes on.", shape=SignedIn),
                summary="Go on with a session. A refresh token is good once; shown again, it ends the session.",
                refusals=(401,),
                is_body_needed=False,
            ),
            Endpoint(
                method="PUT",
                path="/api/me/lock",
                access=Permission.SELF,
                handler=self._change_lock,
                summary="Sign in with another password or Secret Key from now on. All sessions end.",
                answers=(Answer(200, "It is changed; sign in again.", shape=LockProved),),
                body=LockChange,
            ),
        )

    async def _begin(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        asked = await body_as(request, Begin)
        await self._strangers.count_sign_in(request, asked.email)
        return private_answer(await self._questions.ask(BeginHandshake(email=asked.email)))

    async def _sign_in(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        await self._strangers.count_sign_in(request)
        asked = await body_as(request, SignIn)
        question = OpenSession(
            handshake_id=asked.handshake_id,
            client_public=asked.client_public,
            client_proof=asked.client_proof,
            address=address_of(request),
            agent=request.headers.get("user-agent", "")[:AGENT_CHARACTERS_MAX],
        )
        given = await self._questions.ask(question)
        return self._signed_in(given, in_cookie=asked.keep == "cookie", status=HTTPStatus.CREATED)

    async def _renew(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        await self._strangers.count(request)
        asked = await body_as(request, Renewal)
        kept = None if asked.refresh_token else request.cookies.get(COOKIE)
        if kept is not None and request.headers.get(RENEW_HEADER) != "1":
            raise InvalidRequest("A renewal by cookie needs the header `Tod-Renew: 1`, which no other site can send.")
        token = asked.refresh_token or kept
        if token is None:
            raise NotSignedIn("There is no session to go on with: sign in.")
        try:
            given = await self._questions.ask(RenewSession(refresh_token=token))
        except SessionOver:
            add_headers(request.scope, [("Set-Cookie", self._cookie("", 0).to_header(header=""))])
            raise
        return self._signed_in(given, in_cookie=kept is not None, status=HTTPStatus.OK)

    async def _change_lock(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        await self._strangers.count_sign_in(request)
        asked = await body_as(request, LockChange)
        kind, _, user_id = caller_of(request).actor.partition(":")
        if kind != "user":
            raise NotPermitted("This token is nobody's who signs in with a password.")
        question = ChangeLock(
            user_id=UserId(UUID(user_id)),
            handshake_id=asked.handshake_id,
            client_public=asked.client_public,
            client_proof=asked.client_proof,
            new_group=asked.lock.group,
            new_salt=asked.lock.salt,
            new_iterations=asked.lock.iterations,
            verifier=asked.lock.verifier,
        )
        return private_answer(await self._questions.ask(question))

    def _signed_in(self, given: SessionGiven, *, in_cookie: bool, status: int) -> Response[bytes]:
        told = SignedIn(
            access_token=given.access_token,
            token_type="Bearer",  # noqa: S106 - the kind of token
            expires_in=given.expires_in,
            session_id=given.session_id,
            user_id=given.user_id,
            role=given.role,
            tenant_id=given.tenant_id,
            refresh_expires_in=given.refresh_expires_in,
            server_proof=given.server_proof,
            refresh_token="" if in_cookie else given.refresh_token,
        )
        response = private_answer(told, status=status)
        if in_cookie:
            response.set_cookie(self._cookie(given.refresh_token, given.refresh_expires_in))
        return response

    def _cookie(self, text: str, seconds: int) -> Cookie:
        return Cookie(
            key=COOKIE,
            value=text,
            max_age=seconds,
            path=COOKIE_PATH,
            httponly=True,
            samesite="strict",
            secure=self._is_behind_tls,
        )
