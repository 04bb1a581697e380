"""TLS as RouterOS does it: a certificate from a private CA, a self-signed one, or none at all (facts 6).

Runs OpenSSL over memory buffers, because which certificate a connection gets depends on the address it was made to.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from ops.simulator.api import ApiConnection
    from ops.simulator.fleet import Fleet

TLS_KINDS = ("ca", "self-signed", "anonymous")
_CERTIFICATES = 16  # of each kind, shared by the fleet
_CHUNK = 4096  # bytes given to OpenSSL at once, so that its buffers stay small
_YEARS = dt.timedelta(days=3650)

# RFC 7919 group ffdhe2048, in the form OpenSSL reads.
_DH_PARAMETERS = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""


class Vault:
    """The fleet's certificate authority and the TLS contexts made from it; kept on disk when there is a data folder."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = data_dir
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._contexts: dict[tuple[str, int], ssl.SSLContext] = {}
        self._ca: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None

    @cached_property
    def folder(self) -> Path:
        """Where keys lie: below the data folder, or in a folder that goes with the fleet."""
        if self._data_dir is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="tod-simulator-")
            return Path(self._scratch.name)
        kept = self._data_dir / "keys"
        kept.mkdir(parents=True, exist_ok=True)
        return kept

    def close(self) -> None:
        """Leave nothing behind that was not to be kept."""
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    @property
    def ca_file(self) -> Path:
        """The certificate of the private CA, in PEM."""
        self._authority()
        return self.folder / "ca.pem"

    def context(self, kind: str, slot: int) -> ssl.SSLContext:
        """Return the context that a router of this TLS kind serves with; `slot` tells routers apart."""
        key = (kind, slot % _CERTIFICATES)
        found = self._contexts.get(key)
        if found is None:
            found = self._contexts[key] = self._anonymous() if kind == "anonymous" else self._certified(kind, key[1])
        return found

    def _anonymous(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ADH:@SECLEVEL=0")
        parameters = self.folder / "dh.pem"
        parameters.write_text(_DH_PARAMETERS)
        context.load_dh_params(str(parameters))
        return context

    def _certified(self, kind: str, slot: int) -> ssl.SSLContext:
        path = self.folder / f"{kind}-{slot}.pem"
        if not path.exists():
            authority = self._authority() if kind == "ca" else None
            path.write_bytes(_issue(f"{kind}-{slot}", authority))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        if self._ca is None:
            whole = self.folder / "ca-with-key.pem"
            if not whole.exists():
                whole.write_bytes(_issue("TOD simulator CA", None, is_ca=True))
            text = whole.read_bytes()
            key = serialization.load_pem_private_key(text, None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise TypeError(f"{whole} holds another kind of key")
            certificate = x509.load_pem_x509_certificate(text)
            (self.folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
            self._ca = certificate, key
        return self._ca


def _issue(
    name: str, authority: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None, *, is_ca: bool = False
) -> bytes:
    """Make a key and a certificate as RouterOS would: hardly any extension, no key identifiers (facts 6.5)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority[0].subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))])
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(authority[1] if authority else key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class TlsConnection(asyncio.Protocol):
    """The TLS side of one connection; to the API protocol inside it looks like a plain transport."""

    __slots__ = ("_fleet", "_incoming", "_inner", "_outgoing", "_session", "_shaken", "_transport")

    def __init__(self, fleet: Fleet, inner: ApiConnection) -> None:
        self._fleet = fleet
        self._inner = inner
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session: ssl.SSLObject | None = None
        self._shaken = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Choose the certificate by the address that was called."""
        self._transport = transport  # type: ignore[assignment] # uvloop's is one in all but name
        router = self._fleet.router(transport.get_extra_info("sockname")[0])
        if router is None:
            self.abort()
            return
        context = self._fleet.vault.context(self._fleet.tls_kind(router), router.index)
        self._session = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def data_received(self, data: bytes) -> None:
        """Shake hands, then hand on what was said."""
        if self._session is None or self._transport is None:
            return
        self._incoming.write(data)
        try:
            if not self._shaken:
                self._session.do_handshake()
                self._shaken = True
                self._flush()
                self._inner.connection_made(self)  # type: ignore[arg-type] # it is used as a transport, and is one
            plain = self._session.read(65536)
            while plain:
                self._inner.data_received(plain)
                plain = self._session.read(65536)
            self.close()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError:
            self._flush()
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the API protocol, if it ever began."""
        if self._shaken:
            self._inner.connection_lost(error)

    def _flush(self) -> None:
        if self._transport is not None and self._outgoing.pending:
            self._transport.write(self._outgoing.read())

    # the transport that the API protocol sees

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        if self._session is None:
            return
        for start in range(0, len(data), _CHUNK):
            self._session.write(data[start : start + _CHUNK])
            self._flush()

    def close(self) -> None:
        """Say goodbye and close when all is sent."""
        if self._session is not None and self._transport is not None:
            with contextlib.suppress(ssl.SSLError):  # the other side has not said goodbye yet, and need not
                self._session.unwrap()
            self._flush()
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is on its way out."""
        return self._transport is None or self._transport.is_closing()

    def get_extra_info(self, name: str) -> object:
        """Return what the socket knows."""
        return self._transport.get_extra_info(name) if self._transport is not None else None

    def pause_reading(self) -> None:
        """Take no more commands for now."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take commands again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """The client does not read."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._inner.resume_writing()
