"""Letters through a real mail server: sent once, refused for good, or put off and tried again."""

import socket
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from functools import partial
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from commands.engine.post import ATTEMPTS_MAX, Letter, Mail, MailDelayed, MailRefused, deliver
from commands.mail import MailOffice
from commands.tests.faults import LosesAcknowledgements
from commands.tests.given import FROM_PLATFORM, decide
from commands.tests.house import PUBLIC_URL, House, eventually
from commands.tests.mail_server import PASSWORD, USER_NAME, Mailbox, Server
from commands.tests.test_users import asked, invite
from contracts.language.access import Role
from contracts.language.errors import InvalidRequest
from contracts.language.identity import PLATFORM, UserId
from contracts.language.message import Event
from contracts.language.sealed import PLATFORM_KEY, Personal, Sealed, person_key, sealing_context
from contracts.language.streams import PROCESSES
from contracts.settings import MAIL, MailSecurity, SetMailServer
from contracts.users import MailFailed, MailSent, TryMail
from ops.connections.openbao import OpenBao

MAIL_TO = Mail(
    identity="a.1",
    recipient="ada@example.net",
    recipient_name="Ada Łovelace",
    subject="Hello",
    text="Hi,\n\nü",
    html="<p>ü</p>",
)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Server]:
    running = Server(mailbox)
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=[MailSecurity.TLS, MailSecurity.STARTTLS])
def protected(request: pytest.FixtureRequest, mailbox: Mailbox, tmp_path: Path) -> Iterator[Server]:
    """A mail server with TLS, whose certificate it made itself."""
    running = Server(mailbox, request.param, tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def office(house: House, keys: OpenBao, server: Server) -> AsyncIterator[MailOffice]:
    """The mail office of an installation whose mail server is set to this one."""
    async with house.running():
        await set_server(house, keys, server.port)
        yield MailOffice(await house.bus("commands"), keys, public_url=PUBLIC_URL)


async def set_server(
    house: House, keys: OpenBao, port: int, password: str = PASSWORD, security: MailSecurity = MailSecurity.NONE
) -> None:
    sealed = await keys.seal(PLATFORM_KEY, password, sealing_context(PLATFORM, MAIL, "password"))
    command = SetMailServer(
        setting=MAIL,
        host="127.0.0.1",
        port=port,
        security=security,
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


async def test_a_letter_goes_protected_and_to_nobody_whose_certificate_is_not_trusted(
    house, keys, protected, mailbox, monkeypatch
):
    office = MailOffice(await house.bus("commands"), keys, public_url=PUBLIC_URL)
    async with house.running():
        await set_server(house, keys, protected.port, security=protected.security)
        with pytest.raises(MailRefused, match="certificate"):
            await office.send(MAIL_TO)
        assert mailbox.letters == []
        monkeypatch.setenv("SSL_CERT_FILE", str(protected.certificate))
        await office.send(MAIL_TO)
    (letter,) = mailbox.letters
    assert letter["Subject"] == MAIL_TO.subject


async def test_a_server_that_says_nothing_is_not_waited_for_beyond_measure(house, keys, monkeypatch):
    monkeypatch.setattr("commands.mail.SECONDS_MAX", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with house.running():
            await set_server(house, keys, silent.getsockname()[1])
            with pytest.raises(MailDelayed):
                await MailOffice(await house.bus("commands"), keys, public_url=PUBLIC_URL).send(MAIL_TO)


def test_a_password_is_not_sent_across_a_network_in_the_clear():
    server = SetMailServer(setting=MAIL, host="mail.example.net", port=25, security=MailSecurity.NONE, sender="t@e.net")
    with_password = msgspec.structs.replace(server, username="tod", password=Sealed(PLATFORM_KEY, "vault:v1:x"))
    assert decide(server, [], FROM_PLATFORM)
    with pytest.raises(InvalidRequest, match="starttls"):
        decide(with_password, [], FROM_PLATFORM)
    for host in ("127.0.0.1", "::1", "localhost"):
        assert decide(msgspec.structs.replace(with_password, host=host), [], FROM_PLATFORM)
    assert decide(msgspec.structs.replace(with_password, security=MailSecurity.TLS), [], FROM_PLATFORM)


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


async def test_a_letter_whose_fact_is_delivered_again_is_not_sent_again(house, keys, server, mailbox):
    async with house.running(wrapper=lambda bus: LosesAcknowledgements(bus, times=3)):
        await set_server(house, keys, server.port)
        user_id = await invited(house, keys, "grace@example.net")
        assert not (await asked(house, TryMail(user_id=user_id))).code
        await eventually(partial(is_all_settled, house))
    assert [plain(letter).partition(",")[0] for letter in mailbox.letters] == ["Hello Grace"] * 2
    assert len(await outcomes(house)) == len(mailbox.letters)


async def is_all_settled(house: House) -> bool:
    """Whether no fact waits for what follows from it."""
    migrations = await house.bus("migrations")
    found = await migrations.api(f"CONSUMER.INFO.{PROCESSES.stream}.{PROCESSES.name}")
    return not found["num_pending"] and not found["num_ack_pending"]


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
