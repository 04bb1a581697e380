"""The ladder of trust: what each rung proves, where a device may be met, and whether a certificate is the known one.

| rung            | proves                                           | does not prove                      |
|-----------------|--------------------------------------------------|-------------------------------------|
| `tls_authority` | the certificate comes from the given authority   | which device of that authority      |
| `tls_pinned`    | it is the certificate of the first meeting       | that the first meeting was honest   |
| `tls_anonymous` | nobody listens without taking part               | who is at the other end (facts 6.1) |
| `plain`         | nothing                                          |                                     |

Names are not compared: certificates of routers carry none worth it (facts 6.7). It opens no connection; `session` does.
"""

import functools
import hashlib
import ssl
from typing import Final

import msgspec

from contracts.language.errors import DeviceUntrusted, InvalidRequest
from contracts.language.transport import Transport

AUTHORITIES_MAX: Final = 256
"""TLS contexts kept for authorities, one per tenant that has one."""

_CIPHERS: Final = "DEFAULT:@SECLEVEL=1"  # routers on version 6 know no forward secrecy, and their keys are short
_CIPHERS_ANONYMOUS: Final = "ADH:@SECLEVEL=0"  # plain "ADH" fails: level 1 and up bans anonymous suites (facts 6.2)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """How a device may be met, and what is known from before."""

    transport: Transport = Transport.AUTO
    authority_pem: str = ""
    """The certificates of the tenant's authority; empty when it has none."""
    fingerprint: str = ""
    """SHA-256 of the pinned certificate in hexadecimal; empty before the first meeting."""
    reached: Transport | None = None
    """The rung of the last session: `auto` never goes below it."""


class CertificateChanged(DeviceUntrusted):
    """The device shows another certificate than the pinned one: renewed, replaced, or somebody stands in between."""

    def __init__(self, message: str, *, fingerprint: str, expected_fingerprint: str) -> None:
        super().__init__(message)
        self.fingerprint = fingerprint
        self.expected_fingerprint = expected_fingerprint


def rungs_to_try(trust: Trust) -> tuple[Transport, ...]:
    """List the rungs in the order in which they are tried; the next one only when a certificate was not good enough.

    `auto` starts with what worked before and may climb, never step down: a device with a pin, or one that was met
    through its authority, is not met in a weaker way. Plain and anonymous have to be asked for. Raises InvalidRequest
    when an authority is needed and none is given.
    """
    is_auto = trust.transport is Transport.AUTO
    was_authority = is_auto and trust.reached is Transport.TLS_AUTHORITY
    if (was_authority or trust.transport is Transport.TLS_AUTHORITY) and not trust.authority_pem:
        raise InvalidRequest("the device is met through a certificate authority, but the tenant has none: add it first")
    if not is_auto:
        return (trust.transport,)
    if was_authority:
        return (Transport.TLS_AUTHORITY,)
    if not trust.authority_pem:
        return (Transport.TLS_PINNED,)
    if trust.fingerprint:
        return (Transport.TLS_PINNED, Transport.TLS_AUTHORITY)
    return (Transport.TLS_AUTHORITY, Transport.TLS_PINNED)


def context_for(rung: Transport, authority_pem: str = "") -> ssl.SSLContext | None:
    """Give the TLS context of a rung, made once and shared by all connections; None for plain."""
    if rung is Transport.PLAIN:
        return None
    return _context(rung, authority_pem if rung is Transport.TLS_AUTHORITY else "")


def fingerprint_of(certificate: bytes | None) -> str:
    """SHA-256 of a certificate in DER, in hexadecimal; empty where there is no certificate."""
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def check_pin(trust: Trust, seen: str, peer: str) -> None:
    """Raise CertificateChanged when a pinned device shows another certificate; the first is the caller's to keep."""
    if trust.fingerprint and seen != trust.fingerprint:
        raise CertificateChanged(
            f"{peer} shows the certificate {seen}, and {trust.fingerprint} is pinned: "
            "accept the new one if it was renewed on purpose, otherwise look who stands in between",
            fingerprint=seen,
            expected_fingerprint=trust.fingerprint,
        )


@functools.lru_cache(maxsize=AUTHORITIES_MAX)
def _context(rung: Transport, authority_pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.set_ciphers(_CIPHERS_ANONYMOUS if rung is Transport.TLS_ANONYMOUS else _CIPHERS)
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    if rung is Transport.TLS_ANONYMOUS:
        # TLS 1.3 has no anonymous suites, so it would let a certificate in that nobody looks at (facts 6.1)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if rung is not Transport.TLS_AUTHORITY:
        context.verify_mode = ssl.CERT_NONE  # the pin is compared afterwards, and anonymous has nothing to compare
        return context
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # authorities made on a router lack extensions (facts 6.5)
    try:
        context.load_verify_locations(cadata=authority_pem)
    except (ssl.SSLError, ValueError) as error:
        raise InvalidRequest(
            "the certificate authority is not readable: it has to be one or more certificates in PEM"
        ) from error
    return context
