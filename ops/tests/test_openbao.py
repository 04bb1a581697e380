"""The key service against the real OpenBao, as each process is let in."""

import asyncio
import base64
import hmac
import logging
import signal
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.language.errors import ContractBroken, Unavailable
from contracts.language.sealed import Sealed, tenant_key
from ops.connections.openbao import ANSWER_SECONDS_MAX, OpenBao, open_keys
from ops.embedded.servers import Servers

PASSWORD = "correct horse \N{SNOWMAN}"


def enter(servers: Servers, process: str) -> AbstractAsyncContextManager[OpenBao]:
    role = msgspec.json.decode(servers.site.secrets.role_file(process).read_bytes(), type=dict[str, str])
    return open_keys(servers.site.openbao_url, (role["role_id"], role["secret_id"]))


@pytest.fixture
async def commands(servers: Servers) -> AsyncIterator[OpenBao]:
    async with enter(servers, "commands") as keys:
        yield keys


@pytest.fixture
async def pollers(servers: Servers) -> AsyncIterator[OpenBao]:
    async with enter(servers, "pollers") as keys:
        yield keys


@pytest.fixture
async def key(commands: OpenBao) -> str:
    name = tenant_key(uuid4())
    await commands.make_key(name)
    return name


async def test_what_one_process_seals_another_opens(commands: OpenBao, pollers: OpenBao, key: str):
    sealed = await commands.seal(key, PASSWORD, "here")
    assert PASSWORD not in sealed.text
    assert await pollers.open(sealed, "here") == PASSWORD


async def test_a_ciphertext_that_was_moved_does_not_open(commands: OpenBao, pollers: OpenBao, key: str):
    sealed = await commands.seal(key, PASSWORD, "here")
    with pytest.raises(ContractBroken):
        await pollers.open(sealed, "there")


async def test_whoever_seals_credentials_cannot_open_them(servers: Servers, commands: OpenBao, key: str):
    sealed = await commands.seal(key, PASSWORD, "here")
    async with enter(servers, "gateway") as gateway:
        assert (await gateway.seal(key, PASSWORD, "here")).key == key
        for keys in (commands, gateway):
            with pytest.raises(ContractBroken, match="permission denied"):
                await keys.open(sealed, "here")


async def test_a_key_that_was_never_made_is_not_made_by_using_it(commands: OpenBao):
    name = tenant_key(uuid4())
    with pytest.raises(ContractBroken):
        await commands.seal(name, PASSWORD, "here")
    with pytest.raises(ContractBroken, match="on get"):
        await commands.signing_version(name)


async def test_making_a_key_again_leaves_it_as_it_is(commands: OpenBao, pollers: OpenBao, key: str):
    sealed = await commands.seal(key, PASSWORD, "here")
    await commands.make_key(key)
    assert await pollers.open(sealed, "here") == PASSWORD


async def test_a_thousand_requests_at_once_share_a_few_calls(
    commands: OpenBao, pollers: OpenBao, key: str, monkeypatch: pytest.MonkeyPatch
):
    texts = [f"password {number}" for number in range(1000)]
    sealed = await asyncio.gather(*(commands.seal(key, text, text) for text in texts))
    calls = 0
    decrypt = pollers._client.secrets.transit.decrypt_data

    def counted(*arguments, **named):
        nonlocal calls
        calls += 1
        return decrypt(*arguments, **named)

    monkeypatch.setattr(pollers._client.secrets.transit, "decrypt_data", counted)
    opened = await asyncio.gather(*(pollers.open(one, text) for one, text in zip(sealed, texts, strict=True)))
    assert opened == texts
    assert calls <= 10


async def test_one_bad_ciphertext_spoils_none_of_its_batch(commands: OpenBao, pollers: OpenBao, key: str):
    good = [await commands.seal(key, f"secret {number}", "here") for number in range(3)]
    bad = Sealed(key, good[0].text[:-8] + "AAAAAAA=")
    results = await asyncio.gather(
        *(pollers.open(sealed, "here") for sealed in (good[0], bad, *good[1:])), return_exceptions=True
    )
    assert [results[0], *results[2:]] == ["secret 0", "secret 1", "secret 2"]
    assert isinstance(results[1], ContractBroken)


async def test_no_error_shows_what_was_in_the_same_batch(commands: OpenBao, pollers: OpenBao, key: str):
    good = await commands.seal(key, PASSWORD, "here")
    _, error = await asyncio.gather(
        pollers.open(good, "here"), pollers.open(Sealed(key, "vault:v1:AAAA"), "here"), return_exceptions=True
    )
    assert isinstance(error, ContractBroken)
    told = "".join(traceback.format_exception(error)) + repr(error.__context__) + repr(error.__cause__)
    assert PASSWORD not in told
    assert base64.b64encode(PASSWORD.encode()).decode() not in told


async def test_a_signature_is_verified_by_the_public_half(servers: Servers, commands: OpenBao):
    version = await commands.signing_version("tod-access")
    signature = await commands.sign("tod-access", b"what was said", version=version)
    async with enter(servers, "gateway") as gateway:
        public = Ed25519PublicKey.from_public_bytes((await gateway.public_keys("tod-access"))[f"v{version}"])
        with pytest.raises(ContractBroken):
            await gateway.sign("tod-access", b"what was said", version=version)
    public.verify(signature, b"what was said")
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"something else")


async def test_the_tenant_token_is_authenticated_by_the_key_that_the_database_has(
    commands: OpenBao, tenant_token_key: tuple[str, str]
):
    kid, key = tenant_token_key
    assert await commands.authentication_version() == kid
    assert await commands.authenticate("a text") == hmac.digest(bytes.fromhex(key), b"a text", "sha256").hex()


async def test_nothing_of_it_prints_a_secret(servers: Servers, commands: OpenBao, key: str, caplog):
    caplog.set_level(logging.DEBUG)
    sealed = await commands.seal(key, PASSWORD, "here")
    role = msgspec.json.decode(servers.site.secrets.role_file("commands").read_bytes(), type=dict[str, str])
    told = repr(commands) + repr(sealed) + str(sealed) + caplog.text
    for secret in (PASSWORD, role["secret_id"], commands._client.token, sealed.text):
        assert secret not in told


async def test_a_token_that_is_no_longer_good_is_replaced(commands: OpenBao, key: str):
    await commands.ping()
    commands._client.auth.token.revoke_self()
    assert (await commands.seal(key, PASSWORD, "here")).key == key


async def test_a_token_is_renewed_when_it_is_due(commands: OpenBao):
    await commands.ping()
    token = commands._client.token
    commands._login._renew_at = 0.0
    await commands.ping()
    assert commands._client.token == token
    assert commands._login._renew_at > time.monotonic()


async def test_a_process_that_is_not_known_is_told_to_wait(servers: Servers):
    async with open_keys(servers.site.openbao_url, ("nobody", "nothing")) as keys:
        with pytest.raises(Unavailable, match="know this process"):
            await keys.ping()


async def everybody_fails(keys: OpenBao, name: str) -> float:
    """How many seconds it takes until 400 who ask at once have all been told that the service is away."""
    begun = time.monotonic()
    results = await asyncio.gather(*(keys.seal(name, PASSWORD, "x") for _ in range(400)), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    return time.monotonic() - begun


async def recovers(keys: OpenBao, name: str) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                assert (await keys.seal(name, PASSWORD, "x")).key == name
            except Unavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def test_it_fails_fast_while_the_server_is_away_and_recovers_by_itself(own_servers: Servers):
    name = tenant_key(uuid4())
    async with enter(own_servers, "commands") as keys:
        await keys.make_key(name)
        own_servers.children["openbao"].signal(signal.SIGSTOP)
        assert await everybody_fails(keys, name) < 2 * ANSWER_SECONDS_MAX + 1
        assert await everybody_fails(keys, name) < 2 * ANSWER_SECONDS_MAX + 1
        own_servers.children["openbao"].signal(signal.SIGCONT)
        await recovers(keys, name)
        own_servers.children["openbao"].kill()
        assert await everybody_fails(keys, name) < 2
        own_servers.restart("openbao")
        await recovers(keys, name)
