"""The binary API on one connection: login in both forms, reads from prepared plans, everything else through `execute`."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from typing import TYPE_CHECKING

from ops.simulator.plans import Ask, plan_for
from ops.simulator.release import EMPTY_REPLY, PLAIN_LOGIN
from ops.simulator.traps import Fatal, Trap, no_such_command
from ops.simulator.users import Session, sign_in
from ops.simulator.wire import FramingError, Sentence, SentenceReader, from_wire, sentence, to_wire, wire_text

if TYPE_CHECKING:
    from ops.simulator.fleet import Fleet
    from ops.simulator.moment import Moment
    from ops.simulator.router import Router

LOGIN_TRIES_MAX = 5  # the fifth ends the connection (facts 2.7)
_ASKS_MAX = 512
_asks: dict[Sentence, tuple[str, Ask]] = {}


class ApiConnection(asyncio.Protocol):
    """One API connection to one router. Holds no task; a reply to a read is written where the command is read."""

    __slots__ = ("_challenge", "_fleet", "_reader", "_tries", "router", "session", "transport")

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._reader = SentenceReader()
        self._challenge = b""
        self._tries = 0
        self.router: Router | None = None
        self.session: Session | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find the router that was called; hang up on calls to nobody."""
        self.transport = transport  # type: ignore[assignment] # a TlsConnection serves as one
        self.router = self._fleet.router(transport.get_extra_info("sockname")[0])
        if self.router is None or self.router.is_away:
            self._hang_up()

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the session."""
        del error
        self.session = None
        self.transport = None

    def data_received(self, data: bytes) -> None:
        """Answer every complete sentence, in one write."""
        router = self.router
        if router is None or self.transport is None:
            return
        try:
            sentences = self._reader.feed(data)
        except FramingError:
            self._hang_up()
            return
        moment = router.moment()
        replies: list[str] = []
        for words in sentences:
            try:
                replies.append(self._answer(router, moment, words))
            except Fatal as end:
                replies.append(_fatal(end.reason))
                self.transport.write("".join(replies).encode("latin-1"))
                self._hang_up()
                return
        if replies and self.transport is not None:
            self.transport.write("".join(replies).encode("latin-1"))

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _answer(self, router: Router, moment: Moment, words: Sentence) -> str:
        tag = ""
        for place, word in enumerate(words):
            if word.startswith(b".tag="):
                tag = wire_text(word.decode("latin-1"))
                words = words[:place] + words[place + 1 :]
                break
        if self.session is None:
            return self._login(router, words, tag)
        try:
            return self._read(router, moment, words, tag)
        except Trap as trap:
            return _trap(trap, tag)

    def _read(self, router: Router, moment: Moment, words: Sentence, tag: str) -> str:
        found = _asks.get(words)
        if found is None:
            found = _ask(router, words)
        path, ask = found
        text, count = plan_for(router.table(path), ask).run(moment, tag)
        if ask.count_only:
            return f"\x05!done{tag}{wire_text(f'=ret={count}')}\x00"
        if count:
            return f"{text}\x05!done{tag}\x00"
        if router.release >= EMPTY_REPLY:
            return f"\x06!empty{tag}\x00\x05!done{tag}\x00"
        return f"\x05!done{tag}\x00"

    def _login(self, router: Router, words: Sentence, tag: str) -> str:
        if words[0] == b"/quit":
            raise Fatal("session terminated on request")
        if words[0] != b"/login":
            raise Fatal("not logged in")
        self._tries += 1
        if self._tries >= LOGIN_TRIES_MAX:
            raise Fatal("too many commands before login")
        given = dict(_attribute(word) for word in words[1:] if word.startswith(b"="))
        name, password, response = given.get("name", ""), given.get("password"), given.get("response")
        if router.release < PLAIN_LOGIN:
            if response is None:
                self._challenge = secrets.token_bytes(16)
                return f"\x05!done{tag}{wire_text('=ret=' + self._challenge.hex())}\x00"
            self.session = sign_in(router, name, self._responds(response), "api", self._peer())
        else:
            self.session = sign_in(router, name, lambda known: known == password, "api", self._peer())
        if self.session is None:
            text = "invalid user name or password (6)" if router.release >= PLAIN_LOGIN else "cannot log in"
            return _trap(Trap(text), tag)
        return f"\x05!done{tag}\x00"

    def _responds(self, response: str):  # noqa: ANN202
        challenge = self._challenge

        def fits(known: str) -> bool:
            digest = hashlib.md5(b"\x00" + known.encode("utf-8", "surrogateescape") + challenge)  # noqa: S324 - RouterOS' choice
            return response == "00" + digest.hexdigest()

        return fits

    def _peer(self) -> str:
        return str(self.transport.get_extra_info("peername")[0]) if self.transport is not None else ""


def _ask(router: Router, words: Sentence) -> tuple[str, Ask]:
    path = words[0].decode("latin-1").removesuffix("/print").removesuffix("/getall")
    if words[0] not in router.stock.prints:
        raise no_such_command(path, router.release)
    fields: tuple[str, ...] | None = None
    query: list[str] = []
    count_only = False
    for word in words[1:]:
        if word.startswith(b"?"):
            query.append(from_wire(word[1:]))
            continue
        name, value = _attribute(word)
        if name == ".proplist":
            fields = tuple(value.split(",")) if value else None
        elif name == "count-only":
            count_only = True
    if len(_asks) >= _ASKS_MAX:
        _asks.clear()
    found = _asks[words] = (path, Ask(fields, tuple(query), count_only))
    return found


def _attribute(word: bytes) -> tuple[str, str]:
    name, _, value = word[1:].partition(b"=")
    return from_wire(name), from_wire(value)


def _fatal(reason: str) -> str:
    return f"\x06!fatal{wire_text(to_wire(reason))}\x00"


def _trap(trap: Trap, tag: str) -> str:
    category = "" if trap.category is None else wire_text(f"=category={trap.category}")
    return f"\x05!trap{tag}{category}{wire_text(to_wire(f'=message={trap.message}'))}\x00\x05!done{tag}\x00"


__all__ = ["ApiConnection", "sentence"]
