"""Settings of the installation that are decided while it runs: the mail server that letters go through."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from contracts.language.access import Permission
from contracts.language.measure import Port
from contracts.language.message import Command, CommandSpec, Event, Method
from contracts.language.sealed import Sealed
from contracts.language.text import MAIL_ADDRESS

MAIL: Final = "mail"
ServerName = Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9:]([A-Za-z0-9.:\-]*[A-Za-z0-9])?$")]
Sender = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=MAIL_ADDRESS,
        description="The address that letters come from.",
    ),
]


class MailSecurity(enum.StrEnum):
    """How the way to the mail server is protected. `none` is for a relay on the same machine or network."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SetMailServer(Command, frozen=True, kw_only=True):
    """Send letters through this mail server from now on."""

    name: ClassVar[str] = "settings.set_mail_server"
    entity: ClassVar[str] = "setting"
    given: ClassVar[Mapping[str, Any]] = MappingProxyType({"setting": MAIL})
    setting: str
    host: ServerName
    port: Port
    security: MailSecurity
    sender: Sender
    username: Annotated[str, Meta(max_length=254)] = ""
    password: Sealed | None = None


class MailServerSet(Event, frozen=True, kw_only=True):
    """Letters go through this mail server."""

    name: ClassVar[str] = "settings.mail_server_set"
    entity: ClassVar[str] = "setting"
    setting: str
    host: str
    port: Port
    security: MailSecurity
    sender: str
    username: str
    password: Sealed | None


COMMANDS: Final = (
    CommandSpec(SetMailServer, Method.PUT, "/settings/mail", Permission.PLATFORM_WRITE, "settings.mail", platform=True),
)
MESSAGES: Final = (MailServerSet,)
