"""What each process may do at OpenBao, tried on the real server: as much as the design says, and not a step more."""

import base64
import re

import hvac
import hvac.exceptions
import pytest

from ops.embedded.servers import BOUND_CIDRS, Servers
from ops.provision import openbao
from ops.provision.policies import POLICIES

SECRET = base64.b64encode(b"secret").decode()
TENANT_KEY = "tenant-00000000-0000-0000-0000-00000000a001"
CONFIG_KEY = "config-00000000-0000-0000-0000-00000000a001"
PERSON_KEY = "person-00000000-0000-0000-0000-00000000b001"


@pytest.fixture(scope="module")
def clients(servers: Servers):
    """A signed-in client for each process; the keys of a tenant and of a person exist."""
    found = {}
    for process in POLICIES:
        client = hvac.Client(url=servers.site.openbao_url)
        role = servers.site.secrets.role(process)
        client.auth.approle.login(role_id=role.role_id, secret_id=role.secret_id)
        found[process] = client
    for key in (TENANT_KEY, CONFIG_KEY, PERSON_KEY):
        found["commands"].write_data(f"transit/keys/{key}", data={"type": "aes256-gcm96"})
    return found


def encrypt(client, key: str) -> str:
    return str(client.write_data(f"transit/encrypt/{key}", data={"plaintext": SECRET})["data"]["ciphertext"])


def decrypt(client, key: str, ciphertext: str) -> str:
    return str(client.write_data(f"transit/decrypt/{key}", data={"ciphertext": ciphertext})["data"]["plaintext"])


def is_allowed(act) -> bool:
    try:
        act()
    except hvac.exceptions.Forbidden:
        return False
    return True


MAY_SEAL = {TENANT_KEY: {"gateway", "commands"}, PERSON_KEY: {"commands"}, "tod-platform": {"gateway", "commands"}}
MAY_OPEN = {
    TENANT_KEY: {"pollers"},
    CONFIG_KEY: {"pollers", "projections"},
    PERSON_KEY: {"commands"},
    "tod-platform": {"commands"},
}


@pytest.mark.parametrize("key", MAY_SEAL)
def test_only_who_must_may_seal(clients, key: str):
    assert {process for process in POLICIES if is_allowed(lambda p=process: encrypt(clients[p], key))} == MAY_SEAL[key]


@pytest.mark.parametrize("key", MAY_OPEN)
def test_only_who_must_may_open(clients, key: str):
    sealed = encrypt(clients["commands"], key)
    may = {process for process in POLICIES if is_allowed(lambda p=process: decrypt(clients[p], key, sealed))}
    assert may == MAY_OPEN[key]
    assert decrypt(clients[next(iter(may))], key, sealed) == SECRET


def test_only_commands_signs_and_the_gateway_sees_the_public_key(clients):
    may_sign = {
        process
        for process in POLICIES
        if is_allowed(lambda p=process: clients[p].write_data("transit/sign/tod-access", data={"input": SECRET}))
    }
    assert may_sign == {"commands"}
    assert clients["gateway"].read("transit/keys/tod-access")["data"]["type"] == "ed25519"


def test_only_commands_makes_what_stands_for_people(clients):
    def may_make(process: str) -> bool:
        path = "transit/hmac/tod-people/sha2-256"
        return is_allowed(lambda: clients[process].write_data(path, data={"input": SECRET}))

    assert {process for process in POLICIES if may_make(process)} == {"commands"}


def test_only_commands_and_migrations_know_the_key_of_the_tenant_tokens(clients):
    def may_read(process: str) -> bool:
        return is_allowed(lambda: clients[process].read("kv/data/tod/tenant-token"))

    assert {process for process in POLICIES if may_read(process)} == {"commands", "migrations"}


def test_nobody_gets_a_key_out_of_the_house(clients):
    for path in (f"transit/export/encryption-key/{TENANT_KEY}", f"transit/backup/{TENANT_KEY}"):
        assert not [process for process in POLICIES if is_allowed(lambda p=process, at=path: clients[p].read(at))]


def test_sealing_never_makes_a_key_again_that_was_destroyed(clients):
    with pytest.raises((hvac.exceptions.Forbidden, hvac.exceptions.InvalidRequest)):
        encrypt(clients["gateway"], "tenant-destroyed")
    with pytest.raises(hvac.exceptions.InvalidPath):
        clients["commands"].secrets.transit.read_key("tenant-destroyed")


def test_converging_twice_changes_nothing(servers: Servers, clients):
    before = clients["migrations"].read("kv/data/tod/tenant-token")["data"]["data"]
    openbao.converge(servers.site.openbao_url, servers.site.secrets, bound_cidrs=list(BOUND_CIDRS))
    assert clients["migrations"].read("kv/data/tod/tenant-token")["data"]["data"] == before


def test_no_root_token_and_no_recovery_key_was_printed(servers: Servers):
    log = servers.children["openbao"].log.read_text()
    assert not re.search(r"\b[sbr]\.[A-Za-z0-9]{20,}", log)
    assert not re.search(r"(Unseal|Recovery) Key", log)
    assert servers.site.secrets.role("gateway").secret_id not in log
