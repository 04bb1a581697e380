"""Where letters go: the mail server of the installation, or a folder where none is set and one was named."""

import asyncio
import ssl
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path
from typing import Any, Final

import aiosmtplib
import structlog

from commands.engine.aggregate import Aggregates
from commands.engine.keys import KeyService
from commands.engine.post import Mail, MailDelayed, MailRefused
from commands.settings import MAIL_SERVER
from contracts.language.delivery import Reader
from contracts.language.identity import PLATFORM
from contracts.language.sealed import sealing_context
from contracts.settings import MAIL, MailSecurity, MailServerSet

log = structlog.get_logger(__name__)

SECONDS_MAX: Final = 20.0
"""For a whole letter: less than a delivery may take before the log gives it to somebody else, who would send it too."""
FOLDER_SENDER: Final = "tod@localhost"
PERMANENT: Final = 500
"""A mail server's code from which on it means never; below that, not now (RFC 5321, 4.2.1)."""


class MailOffice:
    """Sends letters. `folder` takes them as files while no mail server is set; empty for none."""

    def __init__(self, reader: Reader, keys: KeyService, *, public_url: str, folder: str = "") -> None:
        self.public_url = public_url.rstrip("/")
        self._aggregates = Aggregates(reader)
        self._keys = keys
        self._folder = Path(folder) if folder else None

    async def send(self, mail: Mail) -> None:
        """Hand a letter over; raises MailRefused, MailDelayed or Unavailable."""
        server = (await self._aggregates.fresh(MAIL_SERVER, PLATFORM, MAIL)).state
        if server is not None:
            await self._hand_over(server, mail)
        elif self._folder is not None:
            await asyncio.to_thread(_leave, self._folder, _message(mail, FOLDER_SENDER))
        else:
            raise MailRefused(
                "No mail server is set. A super admin sets one with PUT /api/settings/mail; then send the link again."
            )

    async def _hand_over(self, server: MailServerSet, mail: Mail) -> None:
        login = await self._login(server)
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await aiosmtplib.send(
                    _message(mail, server.sender),
                    recipients=[mail.recipient],
                    hostname=server.host,
                    port=server.port,
                    use_tls=server.security is MailSecurity.TLS,
                    start_tls=server.security is MailSecurity.STARTTLS,
                    tls_context=await _authorities(server.security),
                    timeout=None,
                    **login,
                )
        except aiosmtplib.SMTPResponseException as error:
            kind = MailRefused if error.code >= PERMANENT else MailDelayed
            raise kind(f"The mail server {server.host} said {error.code} {error.message.strip()}.") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            kind = MailRefused if refused.code >= PERMANENT else MailDelayed
            raise kind(f"The mail server {server.host} does not take this recipient ({refused.code}).") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            if untrusted := _untrusted(error):
                raise MailRefused(
                    f"The mail server {server.host} shows a certificate that is not trusted here: {untrusted}. Set the "
                    "name that it is made out to, or have this machine trust who issued it."
                ) from error
            raise MailDelayed(
                f"The mail server {server.host}:{server.port} cannot be reached ({type(error).__name__})."
            ) from error
        log.info("mail.sent", server=server.host)

    async def _login(self, server: MailServerSet) -> dict[str, Any]:
        if server.password is None:
            return {}
        password = await self._keys.open(server.password, sealing_context(PLATFORM, MAIL, "password"))
        return {"username": server.username, "password": password}


async def _authorities(security: MailSecurity) -> ssl.SSLContext | None:
    """Whom this machine trusts; reading that takes some ten milliseconds."""
    return None if security is MailSecurity.NONE else await asyncio.to_thread(ssl.create_default_context)


def _untrusted(error: BaseException | None) -> str:
    """What is wrong with a certificate, if that is what lies behind an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


def _message(mail: Mail, sender: str) -> EmailMessage:
    """The letter as RFC 5322 wants it: plain text, and the same in HTML."""
    message = EmailMessage()
    message["From"] = formataddr(("TOD", sender))
    message["To"] = formataddr((" ".join(mail.recipient_name.split()), mail.recipient))
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.identity}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _leave(folder: Path, message: EmailMessage) -> None:
    """Put a letter into the folder, where only the owner of the installation reads it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{str(message['Message-ID']).strip('<>').partition('@')[0]}.eml"
    path.touch(mode=0o600)
    path.write_bytes(message.as_bytes())
