"""Our two halves of signing in against each other, against the published examples, and against RFC 5054 itself."""

import hashlib
import json
from pathlib import Path

import pytest
import srptools
from hypothesis import given, settings
from hypothesis import strategies as st
from srptools.constants import PRIME_1024, PRIME_1024_GEN

from commands.sessions import srp as server
from commands.users.lock import GROUPS
from contracts.language.errors import InvalidRequest
from ops.cli.signing_in import secret_key
from ops.cli.signing_in import srp as client
from ops.cli.signing_in.derivation import account_of, exponent

VECTORS = json.loads((Path(__file__).parents[1] / "handbook" / "signing-in-vectors.json").read_text(encoding="utf-8"))
SIGN_INS = [pytest.param(vector, id=vector["about"]) for vector in VECTORS["sign_ins"]]
GROUP = "rfc5054-2048"
KEYS = st.binary(min_size=16, max_size=16)
NUMBERS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("vector", SIGN_INS)
def test_the_published_examples_hold_on_both_sides(vector):
    x = exponent(
        email=vector["email"],
        password=vector["password"],
        secret_key=secret_key.read(vector["secret_key"]),
        salt=bytes.fromhex(vector["salt"]),
        iterations=vector["iterations"],
    )
    assert (account_of(vector["email"]), x.hex()) == (vector["account"], vector["x"])
    assert client.verifier(vector["group"], x) == vector["verifier"]
    assert (
        server.server_public(vector["group"], vector["verifier"], vector["server_private"]) == vector["server_public"]
    )
    proof = client.prove(
        group=vector["group"],
        account=vector["account"],
        salt=bytes.fromhex(vector["salt"]),
        x=x,
        server_public=vector["server_public"],
        private=int(vector["client_private"], 16),
    )
    assert (proof.client_public, proof.client_proof) == (vector["client_public"], vector["client_proof"])
    assert proved(vector) == proof.server_proof == vector["server_proof"]


def proved(vector, **other):
    names = ("account", "group", "salt", "verifier", "client_public", "client_proof")
    return server.proved(**{**{name: vector[name] for name in names}, "private": vector["server_private"], **other})


def test_among_the_examples_are_numbers_that_begin_with_a_zero_byte():
    for name in ("client_public", "server_public", "premaster_secret", "client_proof"):
        assert any(vector[name].startswith("00") for vector in VECTORS["sign_ins"]), name


@pytest.mark.parametrize("vector", SIGN_INS)
def test_another_proof_or_account_or_salt_is_refused(vector):
    last = "0" if vector["client_proof"][-1] != "0" else "1"
    assert proved(vector, client_proof=vector["client_proof"][:-1] + last) is None
    assert proved(vector, account="somebody@else.example") is None
    assert proved(vector, salt="00" * 32) is None


@pytest.mark.parametrize("written", VECTORS["secret_keys"], ids=lambda vector: vector["text"])
def test_a_secret_key_is_written_as_published(written):
    assert secret_key.written(bytes.fromhex(written["bytes"])) == written["text"]


@given(KEYS)
def test_a_secret_key_is_read_as_it_was_written_however_it_is_typed(key):
    text = secret_key.written(key)
    assert [len(group) for group in text.split("-")] == [2, 6, 6, 6, 6, 3]
    assert secret_key.read(text.lower().replace("-", " ")) == secret_key.read(text) == key


@pytest.mark.parametrize(
    "text", ["", "A3", "A3-999999-999999-999999-999999-999", "B3-" + "A" * 27, "A3-" + "A" * 26, "A3-" + "0" * 27]
)
def test_what_is_no_secret_key_is_refused(text):
    with pytest.raises(InvalidRequest):
        secret_key.read(text)


@settings(max_examples=40, deadline=None)
@given(x=NUMBERS, salt=NUMBERS, private=NUMBERS.filter(any), account=st.text(max_size=40))
def test_both_halves_agree_on_everything(x, salt, private, account):
    verifier = client.verifier(GROUP, x)
    public = server.server_public(GROUP, verifier, private.hex())
    proof = client.prove(group=GROUP, account=account, salt=salt, x=x, server_public=public)
    answered = server.proved(
        account=account,
        group=GROUP,
        salt=salt.hex(),
        verifier=verifier,
        private=private.hex(),
        client_public=proof.client_public,
        client_proof=proof.client_proof,
    )
    assert answered == proof.server_proof


MALFORMED = (
    "",
    "00",
    "0" * 512,
    GROUPS[GROUP].prime,
    f"{int(GROUPS[GROUP].prime, 16) + 1:x}",
    f"{2 * int(GROUPS[GROUP].prime, 16):x}",
    "f" * 512,
    "1" * 511,
    "1" * 513,
)


@pytest.mark.parametrize("public", MALFORMED)
def test_a_public_number_that_is_none_is_refused_before_anything_is_computed(public, monkeypatch):
    monkeypatch.setattr(server, "_session", None)  # would be called
    with pytest.raises(InvalidRequest):
        server.proved(
            account="a",
            group=GROUP,
            salt="00" * 32,
            verifier="1" * 512,
            private="01",
            client_public=public,
            client_proof="00" * 32,
        )


@pytest.mark.parametrize("public", [*MALFORMED[1:], "0" * 511 + "z"])
def test_a_client_refuses_a_server_number_that_is_none(public):
    with pytest.raises((InvalidRequest, ValueError)):
        client.prove(group=GROUP, account="a", salt=b"", x=b"\1" * 32, server_public=public)


# RFC 5054, appendix B: a group of 1024 bits, and SHA-1.
RFC = {
    "I": "alice",
    "P": "password123",
    "s": "BEB25379D1A8581EB5A727673A2441EE",
    "k": "7556AA045AEF2CDD07ABAF0F665C3E818913186F",
    "x": "94B7555AABE9127CC58CCF4993DB6CF84D16C124",
    "a": "60975527035CF2AD1989806F0407210BC81EDC04E2762A56AFD529DDDA2D4393",
    "b": "E487CB59D31AC550471E81F00F6928E01DDA08E974A004F49E61F5D105284D20",
    "u": "CE38B9593487DA98554ED47D70A7AE5F462EF019",
    "A": (
        "61D5E490F6F1B79547B0704C436F523DD0E560F0C64115BB72557EC44352E8903211C04692272D8B2D1A5358A2CF1B6E0BFCF99F921530EC"
        "8E39356179EAE45E42BA92AEACED825171E1E8B9AF6D9C03E1327F44BE087EF06530E69F66615261EEF54073CA11CF5858F0EDFDFE15EFEA"
        "B349EF5D76988A3672FAC47B0769447B"
    ),
    "B": (
        "BD0C61512C692C0CB6D041FA01BB152D4916A1E77AF46AE105393011BAF38964DC46A0670DD125B95A981652236F99D9B681CBF87837EC99"
        "6C6DA04453728610D0C6DDB58B318885D7D82C7F8DEB75CE7BD4FBAA37089E6F9C6059F388838E7A00030B331EB76840910440B1B27AAEAE"
        "EB4012B7D7665238A8E3FB004B117B58"
    ),
    "S": (
        "B0DC82BABCF30674AE450C0287745E7990A3381F63B387AAF271A10D233861E359B48220F7C4693C9AE12B0A6F67809F0876E2D013800D6C"
        "41BB59B6D5979B5C00A172B4A2A5903A0BDCAF8A709585EB2AFAFA8F3499B200210DCC1F10EB33943CD67FC88A2F39A4BE5BEC4EC0A3212D"
        "C346D7E474B29EDE8A469FFECA686E5A"
    ),
}


def test_the_library_that_we_sign_in_by_gives_the_numbers_of_rfc_5054():
    context = srptools.SRPContext(
        RFC["I"], RFC["P"], prime=PRIME_1024, generator=PRIME_1024_GEN, hash_func=hashlib.sha1
    )
    x = context.get_common_password_hash(bytes.fromhex(RFC["s"]))
    verifier = context.get_common_password_verifier(x)
    session = srptools.SRPServerSession(context, password_verifier=verifier, private=RFC["b"])
    session.process(RFC["A"], RFC["s"])
    secret = context.get_server_premaster_secret(
        password_verifier=verifier,
        server_private=int(RFC["b"], 16),
        client_public=int(RFC["A"], 16),
        common_secret=int(RFC["u"], 16),
    )
    assert f"{x:X}" == RFC["x"]
    assert f"{context._mult:X}" == RFC["k"]
    assert session.public.upper() == RFC["B"]
    assert f"{context.get_common_secret(int(RFC['B'], 16), int(RFC['A'], 16)):X}" == RFC["u"]
    assert f"{secret:X}" == RFC["S"]


def test_our_own_client_gives_the_numbers_of_rfc_5054(monkeypatch):
    group = client.Group(int(PRIME_1024, 16), int(PRIME_1024_GEN, 16))
    monkeypatch.setitem(client.GROUPS, "rfc5054-1024", group)
    x = bytes.fromhex(RFC["x"])
    assert client.verifier("rfc5054-1024", x)[:8] == "7e273de8"
    proof = client.prove(
        group="rfc5054-1024",
        account="alice",
        salt=bytes.fromhex(RFC["s"]),
        x=x,
        server_public=RFC["B"],
        private=int(RFC["a"], 16),
    )
    assert proof.client_public.upper() == RFC["A"]
