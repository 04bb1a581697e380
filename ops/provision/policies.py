"""Who may use which key at OpenBao: one policy per process, and nothing that is not listed.

Keys are named by what they protect, then by whose it is: `tenant-<tenant>` (device logins and other secrets of a
tenant), `config-<tenant>` (configuration texts), `person-<person>` (personal data); the platform's own is `tod-access`,
which signs access tokens, `tod-platform`, which seals the installation's own secrets, and `tod-people`, an HMAC that
stands for addresses of people and makes their links and refresh tokens. The key-value secret `tod/tenant-token`
authenticates the row-level-security context.

`create` on an encrypt path would let a caller make a deleted key again, and with it undo an erasure: nobody has it.
"""

from collections.abc import Mapping

import msgspec

READ = ("read",)
UPDATE = ("update",)
MANAGE = ("create", "read", "update", "delete", "list")

Policy = Mapping[str, tuple[str, ...]]
"""Capabilities by path."""

OWN_TOKEN: Policy = {
    "auth/token/lookup-self": READ,
    "auth/token/renew-self": UPDATE,
    "auth/token/revoke-self": UPDATE,
}

POLICIES: Mapping[str, Policy] = {
    "gateway": {
        "transit/encrypt/tenant-*": UPDATE,
        "transit/encrypt/config-*": UPDATE,
        "transit/encrypt/tod-platform": UPDATE,
        "transit/keys/tod-access": READ,
    },
    "commands": {
        "transit/keys/tenant-*": MANAGE,
        "transit/keys/config-*": MANAGE,
        "transit/keys/person-*": MANAGE,
        "transit/keys/tod-access": READ,
        "transit/encrypt/tenant-*": UPDATE,
        "transit/encrypt/config-*": UPDATE,
        "transit/encrypt/person-*": UPDATE,
        "transit/decrypt/person-*": UPDATE,
        "transit/encrypt/tod-platform": UPDATE,
        "transit/decrypt/tod-platform": UPDATE,
        "transit/hmac/tod-people/*": UPDATE,
        "transit/sign/tod-access": UPDATE,
        "transit/sign/tod-access/*": UPDATE,
        "kv/data/tod/tenant-token": READ,
    },
    "pollers": {
        "transit/decrypt/tenant-*": UPDATE,
        "transit/encrypt/config-*": UPDATE,
        "transit/decrypt/config-*": UPDATE,
    },
    "projections": {
        "transit/encrypt/config-*": UPDATE,
        "transit/decrypt/config-*": UPDATE,
    },
    "migrations": {
        "sys/mounts": READ,
        "sys/mounts/*": MANAGE,
        "sys/policies/acl/*": MANAGE,
        "auth/approle/role/*": MANAGE,
        "transit/config/keys": ("read", "create", "update"),
        "transit/keys/tod-access": MANAGE,
        "transit/keys/tod-people": MANAGE,
        "transit/keys/tod-platform": MANAGE,
        "transit/keys/tod-access/*": UPDATE,
        "kv/data/*": MANAGE,
        "kv/metadata/*": MANAGE,
    },
}


def policy_text(process: str) -> str:
    """Write the policy of the process the way OpenBao reads it."""
    paths = {path: {"capabilities": list(how)} for path, how in {**POLICIES[process], **OWN_TOKEN}.items()}
    return msgspec.json.encode({"path": paths}).decode()
