"""Settings of the installation, without their secrets."""

from datetime import datetime
from typing import Any, Final, cast

import msgspec

from contracts.settings import MailServerSet
from projections.engine.projection import OCCURRED_AT, Given, Happened, Projection, Put, State


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server that letters go through; there is one row."""

    host: str
    port: int
    security: str
    sender: str
    username: str
    has_credential: bool
    set_at: datetime


def _has_credential(happened: Happened) -> Any:  # noqa: ANN401 - a column's value
    return cast("MailServerSet", happened.message).password is not None


MAIL_SERVER: Final = State("mail_server", MailServer, entity="")

PROJECTIONS: Final = (
    Projection(
        name="mail_server",
        version=1,
        stream="LEDGER",
        tables=(MAIL_SERVER,),
        on={MailServerSet: Put(MAIL_SERVER, has_credential=Given(_has_credential), set_at=OCCURRED_AT)},
    ),
)
