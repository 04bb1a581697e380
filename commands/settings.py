"""Settings of the installation: what is decided about them, and how they stand."""

from typing import Final

from commands.engine.handler import Fold, Handler, Outcomes, Trigger
from contracts.language.errors import InvalidRequest
from contracts.language.message import Event
from contracts.settings import MailSecurity, MailServerSet, SetMailServer

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def evolve(server: MailServerSet | None, fact: Event) -> MailServerSet | None:
    """The mail server in use; None as long as none was set."""
    return fact if isinstance(fact, MailServerSet) else server


MAIL_SERVER: Final[Fold[MailServerSet | None]] = Fold(word="settings", initial=None, evolve=evolve, is_overwriting=True)


def decide_mail_server(_server: MailServerSet | None, command: SetMailServer, _trigger: Trigger) -> Outcomes:
    """The server from now on. A sealed password cannot be compared, so it always counts as another."""
    if bool(command.username) != (command.password is not None):
        raise InvalidRequest("A mail server takes a user name and a password together, or neither.")
    if command.username and command.security is MailSecurity.NONE and command.host not in LOOPBACK:
        raise InvalidRequest(
            "A password would cross the network in the clear. Set security to tls or starttls, or name a relay that "
            "lets this machine in without a password."
        )
    return (
        MailServerSet(
            setting=command.setting,
            host=command.host,
            port=command.port,
            security=command.security,
            sender=command.sender,
            username=command.username,
            password=command.password,
        ),
    )


HANDLERS: Final = (Handler(SetMailServer, MAIL_SERVER, decide_mail_server),)
