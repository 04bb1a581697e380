"""Letters through a real mail server: sent once, refused for good, or put off and tried again."""

import asyncio
import email
import socket
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from functools import partial
from uuid import uuid4

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from commands.engine.post import ATTEMPTS_MAX, Letter, Mail, MailDelayed, MailRefused, deliver
from commands.mail import MailOffice
from commands.tests.house import PUBLIC_URL, House, eventually
from commands.tests.test_users import asked, invite
from contracts.language.access import Role
from contracts.language.identity import PLATFORM, UserId
from contracts.language.message import Event
from contracts.language.sealed import PLATFORM_KEY, Personal, person_key, sealing_context
from contracts.settings import MAIL, MailSecurity, SetMailServer
from contracts.users import MailFailed, MailSent, TryMail
from ops.connections.openbao import OpenBao

USER_NAME, PASSWORD = "tod", "pass wörd"
MAIL_TO = Mail(
    identity="a.1",
    recipient="ada@example.net",
    recipient_name="Ada Łovelace",
    subject="Hello",
    text="Hi,\n\nü",
    html="<p>ü</p>",
)


class Mailbox:
    """What a mail server does with what it gets."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.says = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.says.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.letters.append(email.message_from_bytes(envelope.content))
        return self.says

    def check(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        login, password = getattr(data, "login", b""), getattr(data, "password", b"")
        return AuthResult(success=(login, password) == (USER_NAME.encode(), PASSWORD.encode()), handled=False)


class Server(Controller):
    """A mail server that wants to know who one is. It is on loopback, where no TLS is asked for."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(
            mailbox,
            hostname="127.0.0.1",
            port=0,
            authenticator=mailbox.check,
            auth_require_tls=False,
        )

    def _trigger_server(self) -> None:
        """Learn the port that was free, which aiosmtpd does not look up by itself."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Server]:
    running = Server(mailbox)
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def office(house: House, keys: OpenBao, server: Server) -> AsyncIterator[MailOffice]:
    """The mail office of an installation whose mail server is set to this one."""
    async with house.running():
        await set_server(house, keys, server.port)
        yield MailOffice(await house.bus("commands"), keys, public_url=PUBLIC_URL)


async def set_server(house: House, keys: OpenBao, port: int, password: str = PASSWORD) -> None:
    sealed = await keys.seal(PLATFORM_KEY, password, sealing_context(PLATFORM, MAIL, "password"))
    command = SetMailServer(
        setting=MAIL,
        host="127.0.0.1",
        port=port,
        security=MailSecurity.NONE,
        sender="tod@example.com",
        username=USER_NAME,
        password=sealed,
    )
    _id, waiting = await house.send(command, tenant_id=PLATFORM)
    assert not (await waiting).code


async def test_a_letter_arrives_as_text_and_html_with_one_id(office: MailOffice, mailbox: Mailbox):
    await office.send(MAIL_TO)
    await office.send(MAIL_TO)
    first, second = mailbox.letters
    assert first["Message-ID"] == second["Message-ID"] == "<a.1@example.com>"
    assert first["To"] is not None
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in first.walk() if not part.is_multipart()}
    assert "ü" in bytes(parts["text/plain"] or b"").decode()
    assert b"<p>" in bytes(parts["text/html"] or b"")


async def test_a_line_break_in_a_name_that_an_older_release_let_in_breaks_no_letter(
    office: MailOffice, mailbox: Mailbox
):
    await office.send(msgspec.structs.replace(MAIL_TO, recipient_name="Ada\r\nBcc: eve@example.net\n"))
    (letter,) = mailbox.letters
    assert letter["To"] == '"Ada Bcc: eve@example.net" <ada@example.net>'
    assert letter["Bcc"] is None


@pytest.mark.parametrize(("says", "error"), [("550 no such user", MailRefused), ("451 try later", MailDelayed)])
async def test_what_a_server_says_is_told_and_decides_whether_to_try_again(office, mailbox, says, error):
    mailbox.says = says
    with pytest.raises(error, match=says[:3]):
        await office.send(MAIL_TO)


async def test_a_wrong_password_is_for_good_and_stands_in_no_message(house: House, keys: OpenBao, office, server):
    await set_server(house, keys, server.port, "wrong password")
    with pytest.raises(MailRefused) as refused:
        await office.send(MAIL_TO)
    assert "wrong password" not in str(refused.value)


async def test_a_server_that_is_away_is_tried_again_for_a_while_and_then_given_up(house, keys, office):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    await set_server(house, keys, nobody)
    letter = letter_about(uuid4())
    with pytest.raises(MailDelayed) as first:
        await deliver(office, None, letter, attempt=1)
    with pytest.raises(MailDelayed) as later:
        await deliver(office, None, letter, attempt=3)
    assert 0 < first.value.retry_after_seconds < later.value.retry_after_seconds
    outcome = await deliver(office, None, letter, attempt=ATTEMPTS_MAX)
    assert isinstance(outcome, MailFailed)
    assert "cannot be reached" in outcome.message


def letter_about(user_id) -> Letter:
    async def write(_keys, _url) -> Mail:
        return MAIL_TO

    return Letter(
        write=write,
        sent=MailSent(user_id=user_id, link=1),
        failed=MailFailed(user_id=user_id, link=1, message=""),
    )


async def test_an_invitation_is_mailed_and_its_link_is_in_nothing_else(house, keys, office, mailbox):
    await invited(house, keys, "grace@example.net")
    await eventually(partial(outcomes, house))
    (letter,) = mailbox.letters
    assert "grace@example.net" in str(letter)
    token = plain(letter).partition("/enrol#")[2].split()[0]
    for stream in ("LEDGER", "TIMERS", "JOBS"):
        operator = await house.bus("operator")
        stored = await operator.history(stream, "tod.>")
        assert not any(token.encode() in delivery.data or token in str(delivery.headers) for delivery in stored)


async def test_a_trial_letter_says_that_letters_arrive_and_leaves_the_link_as_it_is(house, keys, office, mailbox):
    user_id = await invited(house, keys, "grace@example.net")
    await eventually(partial(outcomes, house))
    assert not (await asked(house, TryMail(user_id=user_id))).code

    async def are_both_out() -> bool:
        return len(await outcomes(house)) == len(("invitation", "trial"))

    await eventually(are_both_out)
    _invitation, trial = mailbox.letters
    assert trial["To"] == "Grace <grace@example.net>"
    assert PUBLIC_URL in plain(trial)
    assert "enrol" not in str(trial)
    assert await outcomes(house) == [MailSent(user_id=user_id, link=1), MailSent(user_id=user_id, link=0)]


async def test_without_a_mail_server_it_is_said_what_to_set(house: House, keys: OpenBao):
    house.mail = None
    async with house.running():
        user_id = await invited(house, keys, "grace@example.net")
        (failed,) = await eventually(partial(outcomes, house))
    assert isinstance(failed, MailFailed)
    assert failed.user_id == user_id
    assert "PUT /api/settings/mail" in failed.message


async def outcomes(house: House) -> list[Event]:
    return [fact for fact in await house.events("users") if isinstance(fact, MailSent | MailFailed)]


def plain(letter: Message) -> str:
    part = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


async def invited(house: House, keys: OpenBao, address: str) -> UserId:
    """Somebody called Grace who was just invited."""
    user_id = UserId(uuid4())
    await keys.make_key(person_key(user_id))
    texts = {}
    for field, text in {"email": address, "person": "Grace"}.items():
        sealed = await keys.seal(person_key(user_id), text, sealing_context(house.tenant_id, user_id, field))
        texts[field] = Personal(sealed.key, sealed.text)
    command = msgspec.structs.replace(invite(user_id, Role.VIEWER), **texts)
    assert not (await asked(house, command)).code
    return user_id
