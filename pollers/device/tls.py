"""TLS inside the protocol: the handshake, and bytes through it in both directions.

The event loop's own TLS takes 25 KiB more per connection (measured: 64 against 38 with a certificate, 48 against 24
without), and with twenty thousand kept-alive devices that decides. Which certificate will do is for `security` to say.
"""

import asyncio
import contextlib
import ssl
from typing import Final

from contracts.language.errors import DeviceUnreachable

_FEED_BYTES_MAX: Final = 4096  # a memory BIO never gives back what it once held, so it is fed in small spoons
_READ_BYTES_MAX: Final = 16384  # one TLS record


class TlsWire(asyncio.Protocol):
    """Stands between the transport of the event loop and a protocol that knows nothing of TLS."""

    __slots__ = ("_incoming", "_inner", "_is_greeted", "_outgoing", "_transport", "greeted", "tls")

    def __init__(self, context: ssl.SSLContext, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._transport: asyncio.Transport | None = None
        self.tls = context.wrap_bio(self._incoming, self._outgoing)
        self._is_greeted = False
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the handshake is; holds the SSLError, or the OSError of a connection that ended before."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        self._transport = transport  # type: ignore[assignment] # create_connection gives a Transport
        self._greet()

    def data_received(self, data: bytes) -> None:
        """Feed what came to the TLS, and what comes out of it to the protocol behind."""
        for start in range(0, len(data), _FEED_BYTES_MAX):
            self._incoming.write(data[start : start + _FEED_BYTES_MAX])
            if not self._is_greeted:
                self._greet()
            if self._is_greeted:
                self._read()

    def eof_received(self) -> bool:
        """Let the transport close itself."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the end on to whoever is waiting for this connection."""
        if self._is_greeted:
            self._inner.connection_lost(exc)
        elif not self.greeted.done():
            self.greeted.set_exception(exc or ConnectionResetError("closed during the TLS handshake"))

    def write(self, data: bytes) -> None:
        """Send."""
        self.tls.write(data)
        self._flush()

    def close(self) -> None:
        """Take leave of the other side and close when all is sent; its farewell is not waited for."""
        with contextlib.suppress(ssl.SSLError, ValueError):
            self.tls.unwrap()  # it would like to read the other side's farewell
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once; nobody waits for the handshake any more."""
        self.greeted.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _greet(self) -> None:
        if self.greeted.done():
            return
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.greeted.set_exception(error)
        else:
            self._is_greeted = True
            self._inner.connection_made(self)  # type: ignore[arg-type] # it needs write, close and abort only
            self.greeted.set_result(None)
        self._flush()

    def _read(self) -> None:
        try:
            while data := self.tls.read(_READ_BYTES_MAX):
                self._inner.data_received(data)
        except ssl.SSLWantReadError:
            self._flush()  # an answer to a key update, perhaps
            return
        except ssl.SSLError as error:
            fault = DeviceUnreachable(f"the TLS connection broke: {error.reason or error}")
            fault.__cause__ = error
            self._inner.connection_lost(fault)
        self.abort()

    def _flush(self) -> None:
        if self._outgoing.pending and self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._outgoing.read())
