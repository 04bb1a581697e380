"""A logged-in connection to one device: connect, ask many menus at once, run one, close; a deadline on all of it.

It picks the rung of the ladder and says which one it was, logs in either way, and turns whatever goes wrong into an
error for people. It keeps no password, decides no rhythm and never connects again by itself: its owner does.
"""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from contracts.language.errors import (
    DeviceBusy,
    DeviceDenied,
    DeviceFault,
    DeviceRejected,
    DeviceTimeout,
    DeviceUnreachable,
    DeviceUntrusted,
)
from contracts.language.transport import API_PORT, API_TLS_PORT, Transport
from pollers.device.api import DeviceApi, SessionSentences
from pollers.device.ask import Ask, Attribute, Reply, encode_command
from pollers.device.protocol import Channel
from pollers.device.security import Trust, check_pin, context_for, fingerprint_of, rungs_to_try
from pollers.device.tls import TlsWire

CONNECT_SECONDS: Final = 15.0
"""For everything up to the end of the login; a small board needs up to 1.5 s for a TLS handshake (facts 6.4)."""
ASK_SECONDS: Final = 30.0
"""Devices stall for several seconds when they throttle; less than this gives false alarms (facts 7.4)."""

_KEEPALIVE: Final = ((socket.TCP_KEEPIDLE, 120), (socket.TCP_KEEPINTVL, 30), (socket.TCP_KEEPCNT, 4))


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is, whom we log in as, and how far it is trusted. Printing it shows no password."""

    host: str
    username: str
    password: str
    api_port: int = API_PORT
    tls_port: int = API_TLS_PORT
    trust: Trust = Trust()

    def __repr__(self) -> str:
        return f"Target({self.username}@{self.host})"


class DeviceSession:
    """One kept-alive, logged-in connection. Made by `connect`; any number of tasks may use it at the same time."""

    __slots__ = ("_channel", "fingerprint", "rung")

    def __init__(self, channel: Channel, rung: Transport, fingerprint: str) -> None:
        self._channel = channel
        self.rung = rung
        """The rung of the ladder that this connection really stands on."""
        self.fingerprint = fingerprint
        """SHA-256 of the certificate that the device showed; empty where it showed none."""

    @property
    def is_open(self) -> bool:
        """Whether it can still be asked."""
        return self._channel.is_open

    async def ask(self, asks: Sequence[Ask], *, deadline_seconds: float = ASK_SECONDS) -> list[Reply]:
        """Send all questions in one write and give one reply for each, in their order.

        A reply holds rows or a trap, or is late: the deadline is one for all, and what ended before it counts. Raises
        DeviceTimeout when nothing ended, DeviceUnreachable when the connection broke; `is_open` says whether it stands.
        """
        return await self._channel.send([(ask.command, ask.body) for ask in asks], deadline_seconds)

    async def run(
        self,
        command: str,
        attributes: Mapping[str, Attribute] | None = None,
        *,
        query: Sequence[str] = (),
        deadline_seconds: float = ASK_SECONDS,
    ) -> Reply:
        """Run one command, such as `/system/identity/set`. Raises DeviceRejected when the device says no."""
        body = encode_command(command, attributes or {}, query)
        (reply,) = await self._channel.send([(command, body)], deadline_seconds)
        fault = reply.fault
        if fault is not None:
            raise fault
        return reply

    def api(self, *, deadline_seconds: float = ASK_SECONDS) -> DeviceApi:
        """Give librouteros' objects on this connection: `api.path("/ip/address").select(...).where(...)`."""
        return DeviceApi(SessionSentences(self._channel, deadline_seconds))

    def close(self) -> None:
        """Log out by closing; whoever still waits for a reply gets DeviceUnreachable."""
        self._channel.close()


async def connect(target: Target, *, deadline_seconds: float = CONNECT_SECONDS) -> DeviceSession:
    """Climb the ladder of trust and log in.

    Raises DeviceUnreachable (nobody there, refused, or not the API), DeviceTimeout, DeviceBusy (no more sessions),
    DeviceDenied (the login), DeviceUntrusted (no rung that may be used proves enough).
    """
    rungs = rungs_to_try(target.trust)
    try:
        async with asyncio.timeout(deadline_seconds):
            channel, rung, fingerprint = await _climb(target, rungs)
            try:
                await _log_in(channel, target, deadline_seconds)
            except BaseException:
                channel.close()
                raise
    except TimeoutError as error:
        raise DeviceTimeout(
            f"{target.host} let no connection come about within {deadline_seconds:g} s: "
            "look whether it is up, whether a firewall drops the port, and whether the port is the right one for TLS"
        ) from error
    return DeviceSession(channel, rung, fingerprint)


async def _climb(target: Target, rungs: Sequence[Transport]) -> tuple[Channel, Transport, str]:
    """Try one rung after the other; the last refusal is what is raised, with those before it as its context."""
    refusal: DeviceUntrusted | None = None
    for rung in rungs:
        try:
            channel, fingerprint = await _open(target, rung)
        except DeviceUntrusted as error:
            error.__context__ = refusal
            refusal = error
        else:
            return channel, rung, fingerprint
    raise refusal or DeviceUntrusted(f"there is no way to meet {target.host} that may be used")


async def _open(target: Target, rung: Transport) -> tuple[Channel, str]:
    """Connect on one rung, and give the channel and the fingerprint of the certificate shown."""
    port = target.api_port if rung is Transport.PLAIN else target.tls_port
    peer = f"{target.host}:{port}"
    channel = Channel(peer)
    context = context_for(rung, target.trust.authority_pem)
    if context is None:
        await _dial(target.host, port, channel)
        return channel, ""
    wire = TlsWire(context, channel)
    try:
        fingerprint = await _shake_hands(wire, target.host, port, rung)
        if rung is Transport.TLS_PINNED:
            check_pin(target.trust, fingerprint, peer)
    except BaseException:
        wire.abort()
        raise
    return channel, fingerprint


async def _shake_hands(wire: TlsWire, host: str, port: int, rung: Transport) -> str:
    """Connect with TLS, and give the fingerprint of the certificate shown."""
    peer = f"{host}:{port}"
    greeted = wire.greeted
    await _dial(host, port, wire)
    try:
        await greeted
    except ssl.SSLCertVerificationError as error:
        raise DeviceUntrusted(
            f"the certificate of {peer} does not come from the given authority: {error.verify_message}"
        ) from error
    except ssl.SSLError as error:
        raise _handshake_refused(peer, rung, error) from error
    except OSError as error:
        raise DeviceBusy(
            f"{peer} closed the connection during the TLS handshake: "
            "it allows no more sessions, does not accept our address, or has no certificate"
        ) from error
    return fingerprint_of(wire.tls.getpeercert(binary_form=True))


async def _dial(host: str, port: int, protocol: asyncio.Protocol) -> None:
    """Connect to a port and keep the connection alive through address translation (facts 7.8)."""
    try:
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, host, port)
    except ConnectionRefusedError as error:
        raise DeviceUnreachable(
            f"{host} refused the connection to port {port}: "
            "look whether the service `api` or `api-ssl` is enabled there (/ip/service), and on which port"
        ) from error
    except socket.gaierror as error:
        raise DeviceUnreachable(f"the name {host} is not known: look at the name, and at our name server") from error
    except OSError as error:
        raise DeviceUnreachable(f"there is no way to {host} port {port}: {error.strerror or error}") from error
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        raw.setsockopt(socket.IPPROTO_TCP, option, value)


def _handshake_refused(peer: str, rung: Transport, error: ssl.SSLError) -> DeviceFault:
    """Say what a failed handshake means on this rung."""
    if rung is Transport.TLS_ANONYMOUS:
        return DeviceUntrusted(
            f"{peer} offers no anonymous TLS ({error.reason}): "
            "it has a certificate now, so use `auto`; or the port is not that of api-ssl"
        )
    return DeviceUntrusted(
        f"{peer} refused the TLS handshake ({error.reason}): "
        "api-ssl has no certificate there, so create one, or choose `tls_anonymous`; or the port is not that of api-ssl"
    )


async def _log_in(channel: Channel, target: Target, deadline_seconds: float) -> None:
    """Log in the new way, and the old way when the device answers with a challenge (facts 2.3)."""
    password = target.password.encode()
    reply = await _try_login(channel, target, {"password": password}, deadline_seconds)
    if reply.ret is None:
        return
    try:
        challenge = bytes.fromhex(reply.ret)
    except ValueError as error:
        raise DeviceDenied(f"{channel.peer} answers the login with a challenge that is none: {reply.ret!r}") from error
    digest = hashlib.md5(b"\0" + password + challenge, usedforsecurity=False).hexdigest()
    reply = await _try_login(channel, target, {"response": f"00{digest}"}, deadline_seconds)
    if reply.ret is not None:
        raise DeviceDenied(f"{channel.peer} answers the challenge with another one")


async def _try_login(
    channel: Channel, target: Target, proof: Mapping[str, Attribute], deadline_seconds: float
) -> Reply:
    body = encode_command("/login", {"name": target.username.encode(), **proof})
    try:
        (reply,) = await channel.send([("/login", body)], deadline_seconds)
    except DeviceTimeout:
        raise
    except DeviceUnreachable as error:
        if channel.fatal is not None:
            raise DeviceDenied(f"{channel.peer} refused the login of {target.username}: {channel.fatal}") from error
        if not channel.has_heard:
            raise DeviceBusy(
                f"{channel.peer} closed the connection before the login: "
                "it allows no more sessions, or does not accept our address (/ip/service)"
            ) from error
        raise
    if isinstance(reply.fault, DeviceRejected):
        raise DeviceDenied(
            f"{channel.peer} refused the login of {target.username}: {reply.trap.message if reply.trap else ''}; "
            "the password is wrong, or the user lacks the policy `api`, or may not log in from our address"
        )
    return reply
