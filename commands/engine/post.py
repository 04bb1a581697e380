"""Letters: wished for by a process, written when they go, and what became of them a fact.

The fact that leads to a letter is its place in the outbox: it is in the log before anything is sent, and its outcome is
there after. Whoever replays the log sends nothing, and neither does a fact that is delivered again after its outcome
was noted. A crash between sending and noting may send a letter twice, under one Message-ID.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec

from commands.engine.keys import KeyService
from contracts.language.errors import TodError, Unavailable
from contracts.language.message import Event

ATTEMPTS_MAX: Final = 6
DELAY_SECONDS: Final = 5.0
"""Before the second attempt; twice as long before each one after."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A letter ready to go. `identity` is the same whenever it is written again."""

    identity: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """How a letter is written, and the facts that it may lead to.

    `failed` is completed with the reason in its field `message`. A letter that need not go any more writes None.
    """

    write: Callable[[KeyService, str], Awaitable[Mail | None]]
    """From the keys and the address of the installation."""
    sent: Event
    failed: Event


class MailRefused(TodError):
    """The mail cannot be sent, now or later, before somebody changes something."""

    code = "mail.refused"
    title = "The mail cannot be sent"


class MailDelayed(Unavailable):
    """The mail server does not take the mail now."""

    code = "mail.delayed"
    title = "The mail could not be sent yet"


class PostOffice(Protocol):
    """Where letters go."""

    public_url: str
    """Where people reach the installation, without a slash at the end."""

    async def send(self, mail: Mail) -> None:
        """Hand a letter over; raises MailRefused or MailDelayed."""
        ...


async def deliver(office: PostOffice, keys: KeyService, letter: Letter, *, attempt: int) -> Event | None:
    """Send a letter, and give the fact that came of it, or None when there was nothing to send.

    Raises MailDelayed, with the time after which to try again, as long as that is worth it; Unavailable.
    """
    mail = await letter.write(keys, office.public_url)
    if mail is None:
        return None
    try:
        await office.send(mail)
    except MailRefused as error:
        return msgspec.structs.replace(letter.failed, message=error.message)
    except MailDelayed as error:
        if attempt >= ATTEMPTS_MAX:
            return msgspec.structs.replace(letter.failed, message=f"{error.message} Gave up after {attempt} attempts.")
        error.retry_after_seconds = DELAY_SECONDS * 2 ** (attempt - 1)  # type: ignore[misc]  # of this one only
        raise
    return letter.sent
