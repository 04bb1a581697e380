"""Settings of the installation, without their secrets."""

from datetime import datetime
from typing import Final

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Port
from contracts.settings import MailSecurity
from gateway.http.views import View


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server that letters go through."""

    host: str
    port: Port
    security: MailSecurity
    sender: str
    username: str
    has_credential: bool
    set_at: datetime
    sequence: int


VIEWS: Final = (
    View(
        path="/settings/mail",
        query="settings.mail",
        row=MailServer,
        permission=Permission.PLATFORM_READ,
        models=("mail_server",),
        is_platform=True,
    ),
)
