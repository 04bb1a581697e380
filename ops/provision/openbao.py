"""The configuration of OpenBao, and its convergence to the declared policies and roles.

On its first start the server initialises itself (the root token is revoked, no key is printed) and knows one role,
`migrations`; that role then converges everything else, the same way on every start. The server unseals itself with a
key file, which is as safe as that file; an installation that needs more gives it a KMS.
"""

import json
from pathlib import Path
from secrets import token_hex

import hvac
import hvac.exceptions
import requests

from contracts.language.errors import Unavailable
from ops.provision.policies import POLICIES, policy_text
from ops.provision.secrets import AppRole, Secrets

TOKEN_TTL = "20m"  # noqa: S105 - a duration; renewed by its holder well before
REQUEST_SECONDS = 10
TENANT_TOKEN_KEY = "kv/data/tod/tenant-token"  # noqa: S105 - the place of the key, not the key
TENANT_TOKEN_KEY_BYTES = 32
PLATFORM_KEYS = {"tod-access": "ed25519", "tod-people": "aes256-gcm96", "tod-platform": "aes256-gcm96"}
"""Keys that are the installation's own, with their kinds at Transit."""

CONFIGURATION = """\
ui = false
api_addr = "http://{listen}"
cluster_addr = "https://{cluster}"

listener "tcp" {{
  address = "{listen}"
  cluster_address = "{cluster}"
  tls_disable = true
}}

storage "raft" {{
  path = {store}
  node_id = "tod"
  performance_multiplier = 1
}}

seal "static" {{
  current_key_id = "installation"
  current_key = {seal_key}
}}

audit "file" "installation" {{
  options {{
    file_path = {audit}
    mode = "0600"
  }}
}}

initialize "access" {{
{requests}}}
"""

REQUEST = """\
  request "step-{number}" {{
    operation = "update"
    path = "{path}"
    data = {{
{data}    }}
  }}
"""


def configuration(
    *, listen: str, cluster: str, store: Path, seal_key: Path, audit: Path, migrations: AppRole, bound_cidrs: list[str]
) -> str:
    """Write the server's configuration. Its `initialize` part is read on the first start only."""
    steps: list[tuple[str, dict[str, object]]] = [
        ("sys/auth/approle", {"type": "approle"}),
        ("sys/policies/acl/migrations", {"policy": policy_text("migrations")}),
        *_role_requests("migrations", migrations, bound_cidrs),
        ("auth/approle/role/migrations/custom-secret-id", {"secret_id": migrations.secret_id}),
    ]
    return CONFIGURATION.format(
        listen=listen,
        cluster=cluster,
        store=json.dumps(str(store)),
        seal_key=json.dumps(f"file://{seal_key}"),
        audit=json.dumps(str(audit)),
        requests="".join(
            REQUEST.format(
                number=number,
                path=path,
                data="".join(f"      {key} = {json.dumps(value)}\n" for key, value in data.items()),
            )
            for number, (path, data) in enumerate(steps)
        ),
    )


def converge(url: str, secrets: Secrets, *, bound_cidrs: list[str]) -> None:
    """Make mounts, policies and roles what they are declared to be. Run again, it changes nothing.

    Raises `Unavailable` when the server does not answer or refuses.
    """
    client = hvac.Client(url=url, timeout=REQUEST_SECONDS)
    try:
        migrations = secrets.role("migrations")
        client.auth.approle.login(role_id=migrations.role_id, secret_id=migrations.secret_id)
        _mount(client, "transit", {"type": "transit"})
        _mount(client, "kv", {"type": "kv", "options": {"version": "2"}})
        client.write_data("transit/config/keys", data={"disable_upsert": True})
        for process in POLICIES:
            client.write_data(f"sys/policies/acl/{process}", data={"policy": policy_text(process)})
            _admit(client, process, secrets.role(process), bound_cidrs)
        _make_platform_keys(client)
        client.logout(revoke_token=True)
    except (hvac.exceptions.VaultError, requests.RequestException) as error:
        raise Unavailable(f"OpenBao at {url} could not be set up; its own log says more: {error}") from error


def tenant_token_key(url: str, role: AppRole) -> tuple[str, str]:
    """Return the id and the hexadecimal text of the key that authenticates tenant tokens; raises `Unavailable`."""
    client = hvac.Client(url=url, timeout=REQUEST_SECONDS)
    try:
        client.auth.approle.login(role_id=role.role_id, secret_id=role.secret_id)
        kept = client.read(TENANT_TOKEN_KEY)["data"]["data"]
        client.logout(revoke_token=True)
    except (hvac.exceptions.VaultError, requests.RequestException) as error:
        raise Unavailable(f"OpenBao at {url} did not give the tenant token key: {error}") from error
    return kept["kid"], kept["key"]


def _mount(client: hvac.Client, path: str, options: dict[str, object]) -> None:
    mounts = client.sys.list_mounted_secrets_engines()["data"]
    if f"{path}/" not in mounts:
        client.write_data(f"sys/mounts/{path}", data=options)


def _admit(client: hvac.Client, process: str, role: AppRole, bound_cidrs: list[str]) -> None:
    for path, data in _role_requests(process, role, bound_cidrs):
        client.write_data(path, data=data)
    secret = {"secret_id": role.secret_id}
    known = client.write_data(f"auth/approle/role/{process}/secret-id/lookup", data=secret)
    if not isinstance(known, dict):
        client.write_data(f"auth/approle/role/{process}/custom-secret-id", data=secret)


def _make_platform_keys(client: hvac.Client) -> None:
    """Make the installation's own keys and the one that authenticates tenant tokens, where there are none yet."""
    for name, kind in PLATFORM_KEYS.items():
        client.write_data(f"transit/keys/{name}", data={"type": kind})
    if client.read(TENANT_TOKEN_KEY) is None:
        token_key = {"kid": token_hex(4), "key": token_hex(TENANT_TOKEN_KEY_BYTES)}
        client.write_data(TENANT_TOKEN_KEY, data={"options": {"cas": 0}, "data": token_key})


def _role_requests(process: str, role: AppRole, bound_cidrs: list[str]) -> list[tuple[str, dict[str, object]]]:
    path = f"auth/approle/role/{process}"
    settings: dict[str, object] = {
        "token_policies": [process],
        "token_no_default_policy": True,
        "token_ttl": TOKEN_TTL,
        "token_bound_cidrs": bound_cidrs,
        "secret_id_bound_cidrs": bound_cidrs,
    }
    return [(path, settings), (f"{path}/role-id", {"role_id": role.role_id})]
