"""Secrets are made once, kept to their owner, and found again."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops.provision.secrets import SEAL_KEY_BYTES, Secrets, write_private


def test_a_secret_is_the_same_when_asked_for_again(tmp_path: Path):
    assert Secrets(tmp_path / "s").password("valkey") == Secrets(tmp_path / "s").password("valkey")
    assert Secrets(tmp_path / "s").role("gateway") == Secrets(tmp_path / "s").role("gateway")
    assert Secrets(tmp_path / "s").public_key("gateway") == Secrets(tmp_path / "s").public_key("gateway")


def test_no_two_secrets_are_alike(tmp_path: Path):
    secrets = Secrets(tmp_path)
    assert secrets.password("a") != secrets.password("b")
    assert secrets.public_key("a") != secrets.public_key("b")


def test_only_the_owner_may_read_a_secret(tmp_path: Path):
    secrets = Secrets(tmp_path / "s")
    secrets.password("valkey")
    paths = [secrets.seed_file("gateway"), secrets.role_file("gateway"), secrets.seal_key_file()]
    assert stat.S_IMODE(secrets.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*paths, secrets.folder / "valkey"]} == {0o600}


def test_the_seal_key_has_the_length_that_openbao_takes(tmp_path: Path):
    assert len(Secrets(tmp_path).seal_key_file().read_bytes()) == SEAL_KEY_BYTES


def test_a_seed_signs_for_the_public_key_that_the_server_is_told(tmp_path: Path):
    secrets = Secrets(tmp_path)
    assert secrets.seed_file("gateway").read_text().startswith("SU")
    assert secrets.public_key("gateway").startswith("U")


def test_whoever_asks_at_once_gets_the_same_secret(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Secrets(tmp_path).password("valkey"), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["valkey"]


def test_a_private_file_is_replaced_whole(tmp_path: Path):
    path = tmp_path / "conf"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
