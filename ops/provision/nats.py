"""The configuration of nats-server: who may say and hear what, and how the log survives a power cut."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

ACCOUNT = "TOD"
SERVER_NAME = "tod"
MESSAGE_BYTES_MAX = 1024 * 1024
"""One message; a configuration text of a big router is sealed and chunked well below it."""
PENDING_BYTES_MAX = 64 * 1024 * 1024
"""What the server holds for a reader that does not keep up, before it lets go of it."""


class Grant(Protocol):
    """What one user may do, as `migrations.grants` declares it."""

    @property
    def publish(self) -> Sequence[str]:
        """Subjects it may publish on."""

    @property
    def subscribe(self) -> Sequence[str]:
        """Subjects it may subscribe to."""


class Account(msgspec.Struct, frozen=True):
    """A world of its own inside the server: streams and subjects of two accounts never meet."""

    name: str
    keys: Mapping[str, str]
    """Public nkey by user name."""


def configuration(
    *,
    listen: str,
    monitor: str,
    store: Path,
    accounts: Sequence[Account],
    grants: Mapping[str, Grant],
    store_bytes_max: int | None = None,
) -> str:
    """Write the configuration, as JSON, which is what the server's own format contains.

    `sync_interval: always` is the promise of the ledger: an acknowledged message is on the disk. Without
    `store_bytes_max` the server takes up to three quarters of what the disk has free.
    """
    jetstream: dict[str, object] = {"store_dir": str(store), "sync_interval": "always"}
    if store_bytes_max is not None:
        jetstream["max_file_store"] = store_bytes_max
    document = {
        "server_name": SERVER_NAME,
        "listen": listen,
        "http": monitor,
        "max_payload": MESSAGE_BYTES_MAX,
        "max_pending": PENDING_BYTES_MAX,
        "write_deadline": "5s",
        "jetstream": jetstream,
        "accounts": {account.name: _account(account, grants) for account in accounts},
    }
    return json.dumps(document, indent=2) + "\n"


def _account(account: Account, grants: Mapping[str, Grant]) -> dict[str, object]:
    return {
        "jetstream": "enabled",
        "users": [
            {
                "nkey": account.keys[user],
                "permissions": {"publish": list(grant.publish), "subscribe": list(grant.subscribe)},
            }
            for user, grant in grants.items()
        ],
    }
