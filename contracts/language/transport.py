"""How the binary API of a device is reached: the rungs of the ladder, and the ports (RouterOS defaults)."""

import enum
from typing import Final

API_PORT: Final = 8728
API_TLS_PORT: Final = 8729


class Transport(enum.StrEnum):
    """How the binary API is reached.

    `auto` tries a certificate of a known authority, then the pinned one; it never falls to a weaker rung by itself:
    anonymous and plain have to be asked for.
    """

    AUTO = "auto"
    TLS_AUTHORITY = "tls_authority"
    TLS_PINNED = "tls_pinned"
    TLS_ANONYMOUS = "tls_anonymous"
    PLAIN = "plain"
