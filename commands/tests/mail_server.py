"""A real mail server, plain or with TLS, and the mailbox behind it."""

import asyncio
import email
import ssl
from datetime import UTC, datetime, timedelta
from email.message import Message
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from contracts.settings import MailSecurity

USER_NAME, PASSWORD = "tod", "pass wörd"
CERTIFICATE = "mail.pem"


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
    """A mail server that wants to know who one is. It is on loopback, so it asks for no TLS where it offers none.

    With a folder it keeps its certificate in there, which nobody but itself vouches for.
    """

    def __init__(
        self, mailbox: Mailbox, security: MailSecurity = MailSecurity.NONE, folder: Path | None = None
    ) -> None:
        self.security = security
        self.certificate = None if folder is None else folder / CERTIFICATE
        context = None if folder is None else _context(folder)
        super().__init__(
            mailbox,
            hostname="127.0.0.1",
            port=0,
            authenticator=mailbox.check,
            auth_require_tls=security is MailSecurity.STARTTLS,
            ssl_context=context if security is MailSecurity.TLS else None,
            tls_context=context if security is MailSecurity.STARTTLS else None,
            require_starttls=security is MailSecurity.STARTTLS,
        )

    def _trigger_server(self) -> None:
        """Learn the port that was free, which aiosmtpd does not look up by itself."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _context(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "mail.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / "mail.key")
    return context
