import asyncio
import datetime as dt
import hashlib
import secrets
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from contracts.language.errors import (
    DeviceBusy,
    DeviceTimeout,
    DeviceUnreachable,
    DeviceUntrusted,
    InvalidRequest,
)
from contracts.language.transport import Transport
from pollers.device.ask import Ask
from pollers.device.security import CertificateChanged, Trust, context_for, rungs_to_try
from pollers.device.session import Target, connect
from pollers.tests.scripted import playing, tag_of

AUTO, AUTHORITY, PINNED = Transport.AUTO, Transport.TLS_AUTHORITY, Transport.TLS_PINNED
ANONYMOUS, PLAIN = Transport.TLS_ANONYMOUS, Transport.PLAIN
PIN = "ab" * 32

LADDER = [
    (Trust(transport=PLAIN, authority_pem="pem", fingerprint=PIN), (PLAIN,)),
    (Trust(transport=ANONYMOUS), (ANONYMOUS,)),
    (Trust(transport=PINNED, authority_pem="pem"), (PINNED,)),
    (Trust(transport=AUTHORITY, authority_pem="pem", fingerprint=PIN), (AUTHORITY,)),
    (Trust(), (PINNED,)),
    (Trust(fingerprint=PIN), (PINNED,)),
    (Trust(authority_pem="pem"), (AUTHORITY, PINNED)),
    (Trust(authority_pem="pem", fingerprint=PIN), (PINNED, AUTHORITY)),
    (Trust(authority_pem="pem", fingerprint=PIN, reached=PINNED), (PINNED, AUTHORITY)),
    (Trust(authority_pem="pem", fingerprint=PIN, reached=AUTHORITY), (AUTHORITY,)),
]


@pytest.mark.parametrize(("trust", "rungs"), LADDER)
def test_the_ladder_is_climbed_in_this_order(trust, rungs):
    assert rungs_to_try(trust) == rungs


@pytest.mark.parametrize("reached", [None, *Transport])
@pytest.mark.parametrize("pin", ["", PIN])
@pytest.mark.parametrize("pem", ["", "pem"])
def test_nothing_that_proves_nobody_is_tried_unless_asked_for(reached, pin, pem):
    try:
        rungs = rungs_to_try(Trust(authority_pem=pem, fingerprint=pin, reached=reached))
    except InvalidRequest:
        assert reached is AUTHORITY
    else:
        assert not {PLAIN, ANONYMOUS} & set(rungs)


@pytest.mark.parametrize("trust", [Trust(transport=AUTHORITY), Trust(reached=AUTHORITY, fingerprint=PIN)])
def test_an_authority_that_is_needed_and_missing_is_no_reason_to_step_down(trust):
    with pytest.raises(InvalidRequest, match="authority"):
        rungs_to_try(trust)


def test_a_context_is_made_once_for_all_connections_of_a_rung():
    assert context_for(PLAIN) is None
    assert context_for(PINNED) is context_for(PINNED, "any")
    assert context_for(PINNED) is not context_for(ANONYMOUS)


def test_an_unreadable_authority_is_said_to_be_one():
    with pytest.raises(InvalidRequest, match="PEM"):
        context_for(AUTHORITY, "no certificate at all")


class Issuer:
    """A certificate authority, as an operator makes one."""

    def __init__(self, name: str) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = self._certificate(self._name, self._key, is_authority=True)
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _certificate(self, subject, key, *, is_authority):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def router(self, folder, name):
        """Give the server context of a router with a certificate of this authority, and its fingerprint."""
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = self._certificate(subject, key, is_authority=False)
        path = folder / f"{name}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


@pytest.fixture(scope="module")
def ours():
    return Issuer("ours")


@pytest.fixture(scope="module")
def router(ours, tmp_path_factory):
    return ours.router(tmp_path_factory.mktemp("ours"), "router")


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    return Issuer("theirs").router(tmp_path_factory.mktemp("theirs"), "strange")


def _key_exchange():
    """Make parameters for a key exchange without certificate: a prime good enough for a test, and a generator."""
    prime = next(n for n in iter(lambda: secrets.randbits(1024) | 1 << 1023 | 1, 0) if pow(3, n - 1, n) == 1)
    numbers = b"\x02\x81\x81" + prime.to_bytes(129, "big") + b"\x02\x01\x02"
    return b"\x30\x81" + bytes([len(numbers)]) + numbers


@pytest.fixture(scope="module")
def nameless(tmp_path_factory):
    path = tmp_path_factory.mktemp("nameless") / "dh.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(_key_exchange()).replace("CERTIFICATE", "DH PARAMETERS"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ADH:@SECLEVEL=0")
    context.load_dh_params(path)
    return context


async def answering(peer):
    await peer.let_in()
    while words := await peer.hear():
        peer.say("!re", tag_of(words), "=name=" + "x" * 50_000)
        peer.say("!done", tag_of(words))


async def meet(context, trust):
    """Connect with this trust, exchange something large, and give the rung and the fingerprint."""
    async with playing(answering, context) as port:
        target = Target(host="127.0.0.1", username="u", password="p", api_port=port, tls_port=port, trust=trust)
        session = await connect(target, deadline_seconds=5)
        ask = Ask("/x", ("name",))
        for _ in range(3):
            (reply,) = await session.ask([ask])
            assert ask.pick(reply) == [("x" * 50_000,)]
        session.close()
        return session.rung, session.fingerprint


async def test_a_certificate_of_the_authority_is_the_highest_rung(ours, router):
    context, fingerprint = router
    assert await meet(context, Trust(authority_pem=ours.pem)) == (AUTHORITY, fingerprint)
    assert await meet(context, Trust(transport=AUTHORITY, authority_pem=ours.pem)) == (AUTHORITY, fingerprint)


async def test_the_first_certificate_of_a_device_is_told_so_that_it_can_be_pinned(router):
    context, fingerprint = router
    assert await meet(context, Trust()) == (PINNED, fingerprint)


async def test_a_strange_certificate_without_a_history_is_pinned_and_said_to_be(ours, strange):
    context, fingerprint = strange
    assert await meet(context, Trust(authority_pem=ours.pem)) == (PINNED, fingerprint)


async def test_a_strange_certificate_is_refused_where_the_authority_is_demanded(ours, strange):
    context, _ = strange
    for trust in (
        Trust(transport=AUTHORITY, authority_pem=ours.pem),
        Trust(authority_pem=ours.pem, reached=AUTHORITY),
    ):
        with pytest.raises(DeviceUntrusted, match="does not come from the given authority"):
            await meet(context, trust)


async def test_the_pinned_certificate_is_recognised(router):
    context, fingerprint = router
    assert await meet(context, Trust(fingerprint=fingerprint)) == (PINNED, fingerprint)


async def test_another_certificate_than_the_pinned_one_is_refused_with_both_fingerprints(router, strange):
    context, fingerprint = strange
    gone = asyncio.Event()

    async def script(peer):
        try:
            await peer.until_gone()
        finally:
            gone.set()

    async with playing(script, context) as port:
        trust = Trust(fingerprint=router[1])
        with pytest.raises(CertificateChanged) as changed:
            await connect(Target(host="127.0.0.1", username="u", password="p", tls_port=port, trust=trust))
        await asyncio.wait_for(gone.wait(), 5)
    assert changed.value.fingerprint == fingerprint
    assert changed.value.expected_fingerprint == router[1]


async def test_a_pinned_device_may_climb_to_the_authority(ours, router, strange):
    context, fingerprint = router
    trust = Trust(authority_pem=ours.pem, fingerprint=strange[1], reached=PINNED)
    assert await meet(context, trust) == (AUTHORITY, fingerprint)


@contextmanager
def refusing(context, times):
    """Shake hands as a router does that has nothing to offer: with an alert, which asyncio's servers swallow."""

    def shake(listener):
        for _ in range(times):
            with listener.accept()[0] as connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as thread:
        done = thread.submit(shake, listener)
        yield Target(host="127.0.0.1", username="u", password="p", tls_port=listener.getsockname()[1])
        done.result(5)


async def test_a_device_without_certificate_is_met_where_that_is_asked_for(nameless):
    assert await meet(nameless, Trust(transport=ANONYMOUS)) == (ANONYMOUS, "")


async def test_a_device_without_certificate_is_not_met_where_that_is_not_asked_for(nameless, ours):
    climbing = Trust(authority_pem=ours.pem, fingerprint=PIN)
    for trust in (Trust(), Trust(fingerprint=PIN), climbing):
        with (
            refusing(nameless, len(rungs_to_try(trust))) as target,
            pytest.raises(DeviceUntrusted, match="no certificate"),
        ):
            await connect(msgspec.structs.replace(target, trust=trust))


async def test_a_device_that_has_a_certificate_now_is_not_met_without_it(router):
    anonymous = Trust(transport=ANONYMOUS)
    with refusing(router[0], 1) as target, pytest.raises(DeviceUntrusted, match="use `auto`"):
        await connect(msgspec.structs.replace(target, trust=anonymous))


async def test_a_plain_port_is_never_taken_for_a_tls_one():
    async with playing(answering) as port:
        target = Target(host="127.0.0.1", username="u", password="p", api_port=port, tls_port=port)
        with pytest.raises((DeviceTimeout, DeviceUntrusted, DeviceBusy)):
            await connect(target, deadline_seconds=0.5)


async def test_a_connection_that_closes_during_the_handshake_is_a_busy_device():
    async def script(peer):
        pass

    async with playing(script) as port:
        with pytest.raises(DeviceBusy, match="during the TLS handshake"):
            await connect(Target(host="127.0.0.1", username="u", password="p", tls_port=port))


async def test_an_end_of_the_tls_connection_is_told_to_whoever_waits(router):
    async def script(peer):
        await peer.let_in()
        await peer.hear()

    async with playing(script, router[0]) as port:
        session = await connect(Target(host="127.0.0.1", username="u", password="p", tls_port=port))
        with pytest.raises(DeviceUnreachable):
            await session.ask([Ask("/x")])
        assert not session.is_open
