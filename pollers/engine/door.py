"""The way into a device, for rounds and jobs alike: open its password, climb its ladder of trust, log in."""

from typing import Final

from contracts.language.errors import DeviceUntrusted, InvalidRequest
from contracts.language.transport import Transport
from pollers.device.security import Trust
from pollers.device.session import DeviceSession, Target, connect
from pollers.engine.credential import Credentials
from pollers.engine.roster import Device

CONNECT_SECONDS_MAX: Final = 15.0


class Door:
    """Opens sessions. `authority_pem` holds the authorities that certificates may come from; empty for none."""

    def __init__(self, credentials: Credentials, authority_pem: str = "") -> None:
        self._credentials = credentials
        self._authority_pem = authority_pem

    async def connect(self, device: Device, reached: Transport | None = None) -> DeviceSession:
        """Log in; `reached` is the rung of the last session, below which no new one goes.

        Raises a DeviceFault, or Unavailable when the password cannot be opened.
        """
        password = await self._credentials.password(device.tenant_id, device.device_id, device.credential)
        trust = Trust(
            transport=device.address.transport,
            authority_pem=self._authority_pem,
            fingerprint=device.fingerprint,
            reached=reached,
        )
        target = Target(
            host=device.address.host,
            username=device.credential.username,
            password=password,
            api_port=device.address.api_port,
            tls_port=device.address.tls_port,
            trust=trust,
        )
        try:
            return await connect(target, deadline_seconds=CONNECT_SECONDS_MAX)
        except InvalidRequest as error:
            raise DeviceUntrusted(f"{device.address.host} cannot be met: {error.message}") from error
