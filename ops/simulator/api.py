"""The binary API on one connection: login in both forms, reads from prepared plans, everything else through `execute`.

Holds no task while idle: only commands that take time get one, and it ends with them.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from ops.simulator import replies
from ops.simulator.call import Call, Result
from ops.simulator.execute import execute
from ops.simulator.plans import Ask, full_row, item_id, plan_for
from ops.simulator.query import reading
from ops.simulator.release import EMPTY_REPLY, PLAIN_LOGIN
from ops.simulator.services import admits
from ops.simulator.traps import API, Fatal, Trap, interrupted
from ops.simulator.tree import Table
from ops.simulator.users import Session, sign_in, sign_out
from ops.simulator.wire import FramingError, Sentence, SentenceReader, from_wire, wire_text

if TYPE_CHECKING:
    from ops.simulator.fleet import Fleet
    from ops.simulator.moment import Moment
    from ops.simulator.router import Router

LOGIN_TRIES_MAX = 5  # the fifth ends the connection (facts 2.7)
_ASKS_MAX = 512
_asks: dict[Sentence, tuple[str, Ask]] = {}  # plain reads, by their words without the tag


class ApiConnection(asyncio.Protocol):
    """One API connection to one router."""

    __slots__ = ("_challenge", "_fleet", "_reader", "_running", "_service", "_tries", "router", "session", "transport")

    def __init__(self, fleet: Fleet, service: str = "api") -> None:
        self._fleet = fleet
        self._service = service
        self._reader = SentenceReader()
        self._challenge = b""
        self._tries = 0
        self._running: dict[str, Callable[[], None]] | None = None  # how to end what runs, by framed tag
        self.router: Router | None = None
        self.session: Session | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find the router that was called; hang up on calls to nobody and from nobody."""
        self.transport = transport  # type: ignore[assignment] # a TlsConnection serves as one
        self._fleet.connections.add(self)
        self.router = self._fleet.router(transport.get_extra_info("sockname")[0])
        if self.router is None or not admits(self.router, self._service, self._peer()):
            self._hang_up(abort=True)

    def connection_lost(self, error: Exception | None) -> None:
        """End what runs, and the session."""
        del error
        self._fleet.connections.discard(self)
        self.transport = None
        for end in list((self._running or {}).values()):
            end()
        self._running = None
        if self.session is not None:
            session, self.session = self.session, None
            sign_out(session)

    def pause_writing(self) -> None:
        """Take no more commands from a client that does not read."""
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Take commands again."""
        if self.transport is not None:
            self.transport.resume_reading()

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
        answers: list[str] = []
        for words in sentences:
            try:
                answers.append(self._answer(router, moment, words))
            except Fatal as end:
                answers.append(replies.fatal(end.reason))
                self._send("".join(answers), len(answers))
                self._hang_up()
                return
        if answers:
            self._send("".join(answers), len(answers))

    def _send(self, text: str, commands: int = 0) -> None:
        if self.transport is None or not text:
            return
        data = text.encode("latin-1")
        mishaps = self.router.mishaps if self.router is not None else None
        if mishaps is None:
            self.transport.write(data)
        else:
            mishaps.deliver(data, commands, self._write_late, self._hang_up)

    def _write_late(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def abort(self) -> None:
        """Drop the connection."""
        self._hang_up(abort=True)

    def _hang_up(self, *, abort: bool = False) -> None:
        if self.transport is not None:
            self.transport.abort() if abort else self.transport.close()

    def _peer(self) -> str:
        return str(self.transport.get_extra_info("peername")[0]) if self.transport is not None else ""

    # one sentence

    def _answer(self, router: Router, moment: Moment, words: Sentence) -> str:
        tag = ""
        for place, word in enumerate(words):
            if word.startswith(b".tag="):
                tag = wire_text(word.decode("latin-1"))
                words = words[:place] + words[place + 1 :]
                break
        if self.session is None:
            return self._login(router, words, tag)
        if router.mishaps is not None and router.mishaps.fatal:
            raise Fatal(router.mishaps.fatal)
        try:
            return self._read(router, moment, words, tag) or self._command(router, words, tag)
        except Trap as trap:
            return replies.trap(trap, tag) + replies.done(tag)

    def _read(self, router: Router, moment: Moment, words: Sentence, tag: str) -> str:
        """Answer a plain read from its plan; nothing when it is no plain read."""
        found = _asks.get(words)
        if found is None:
            if words[0] not in router.stock.prints:
                return ""
            found = _remember(words)
        path, ask = found
        assert self.session is not None
        if "read" not in self.session.policies or path not in router.stock.menus:
            return ""
        text, count = plan_for(router.table(path), ask).run(moment, tag)
        if ask.count_only:
            return replies.done(tag, str(count))
        if count or router.release < EMPTY_REPLY:
            return text + replies.done(tag)
        return replies.empty(tag) + replies.done(tag)

    def _login(self, router: Router, words: Sentence, tag: str) -> str:
        if words[0] == b"/quit":
            raise Fatal("session terminated on request")
        if words[0] != b"/login":
            raise Fatal("not logged in")
        self._tries += 1
        if self._tries >= LOGIN_TRIES_MAX:
            raise Fatal("too many commands before login")
        given = dict(_attribute(word) for word in words[1:] if word.startswith(b"="))
        response = given.get("response")
        challenged = router.release < PLAIN_LOGIN
        if challenged and response is None:
            self._challenge = secrets.token_bytes(16)
            return replies.done(tag, self._challenge.hex())
        password = given.get("password")
        proves = _responds(self._challenge, response or "") if challenged else lambda known: known == password
        self.session = sign_in(router, given.get("name", ""), proves, "api", self._peer())
        if self.session is None:
            refusal = Trap("cannot log in" if challenged else "invalid user name or password (6)")
            return replies.trap(refusal, tag) + replies.done(tag)
        self.session.end = self._hang_up
        return replies.done(tag)

    def _command(self, router: Router, words: Sentence, tag: str) -> str:
        """Run anything else; what takes time answers later."""
        name = from_wire(words[0])
        if name == "/quit":
            raise Fatal("session terminated on request")
        if name == "/cancel":
            return self._cancel(words, tag)
        if name == "/login":
            return replies.done(tag)
        if not name.startswith("/"):
            raise Trap("no such command", API)
        path, _, verb = name.rpartition("/")
        call = _call(self.session, path, verb, words)
        rows: list[str] = []
        call.emit = lambda row: rows.append(replies.row(row, tag))
        if verb == "listen":
            return self._listen(call, tag)
        result = execute(call)
        if inspect.isawaitable(result):
            call.emit = lambda row: self._send(replies.row(row, tag))
            self._start(result, tag)
            return "".join(rows)
        if verb in {"print", "getall"} and not rows and result is None and router.release >= EMPTY_REPLY:
            return replies.empty(tag) + replies.done(tag)
        return "".join(rows) + replies.done(tag, result)

    # what runs on

    def _track(self, tag: str, end: Callable[[], None]) -> None:
        if self._running is None:
            self._running = {}
        self._running[tag] = end

    def _start(self, work: Awaitable[Result], tag: str) -> None:
        task = asyncio.ensure_future(self._finish(work, tag))

        def end() -> None:
            task.cancel()

        self._track(tag, end)

    async def _finish(self, work: Awaitable[Result], tag: str) -> None:
        try:
            answer = replies.done(tag, await work)
        except Trap as trap:
            answer = replies.trap(trap, tag) + replies.done(tag)
        except asyncio.CancelledError:
            return
        if self._running is not None:
            self._running.pop(tag, None)
        self._send(answer)

    def _cancel(self, words: Sentence, tag: str) -> str:
        """End one command, or all: trap of the cancelled, done of the cancel, done of the cancelled (facts 3.9)."""
        given = dict(_attribute(word) for word in words[1:] if word.startswith(b"="))
        running = self._running or {}
        if "tag" in given:
            wanted = [wire_text(f".tag={given['tag']}")]
            if wanted[0] not in running:
                raise Trap("no such command", API)
        else:
            wanted = list(running)
        for each in wanted:
            running.pop(each)()
        traps = "".join(replies.trap(interrupted(), each) for each in wanted)
        ends = "".join(replies.done(each) for each in wanted)
        mishaps = self.router.mishaps if self.router is not None else None
        if mishaps is not None and mishaps.cancel_answer_last:
            return traps + ends + replies.done(tag)
        return traps + replies.done(tag) + ends

    def _listen(self, call: Call, tag: str) -> str:
        """Tell of later changes to a menu, until cancelled (facts 3.10)."""
        router = call.router
        router.table(call.path)

        def tell(path: str, before: Table, after: Table) -> None:
            if path == call.path:
                self._send("".join(replies.row(row, tag) for row in _differences(router, before, after)))

        router.listeners = [*(router.listeners or ()), tell]

        def end() -> None:
            router.listeners = [each for each in router.listeners or () if each is not tell]

        self._track(tag, end)
        return ""


def _differences(router: Router, before: Table, after: Table) -> list[Mapping[str, str]]:
    moment = router.moment()
    rows: list[Mapping[str, str]] = [
        reading(full_row(after, key, row), moment) for key, row in after.rows.items() if before.rows.get(key) != row
    ]
    rows.extend({".id": item_id(key), ".dead": "true"} for key in before.rows if key not in after.rows)
    return rows


def _responds(challenge: bytes, response: str) -> Callable[[str], bool]:
    def fits(known: str) -> bool:
        secret = b"\x00" + known.encode("utf-8", "surrogateescape") + challenge
        return response == "00" + hashlib.md5(secret).hexdigest()  # noqa: S324 - RouterOS' choice (facts 2.2)

    return fits


def _remember(words: Sentence) -> tuple[str, Ask]:
    path = words[0].decode("latin-1").rpartition("/")[0]
    if len(_asks) >= _ASKS_MAX:
        _asks.clear()
    found = _asks[words] = (path, _asked(words)[0])
    return found


def _asked(words: Sentence) -> tuple[Ask, dict[str, str]]:
    """Return how rows are asked for, and the other attributes."""
    fields: tuple[str, ...] | None = None
    query: list[str] = []
    rest: dict[str, str] = {}
    for word in words[1:]:
        if word.startswith(b"?"):
            query.append(from_wire(word[1:]))
            continue
        name, value = _attribute(word)
        if name == ".proplist":
            fields = tuple(value.split(",")) if value else None
        else:
            rest[name] = value
    return Ask(fields, tuple(query), "count-only" in rest), rest


def _call(session: Session | None, path: str, verb: str, words: Sentence) -> Call:
    assert session is not None
    ask, args = _asked(words)
    return Call(session, path, verb, args, ask)


def _attribute(word: bytes) -> tuple[str, str]:
    """Split at the second `=`; a word without the first one is taken as it is (facts 1.7)."""
    name, _, value = word.removeprefix(b"=").partition(b"=")
    return from_wire(name), from_wire(value)
