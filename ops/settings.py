"""Settings.

One frozen struct per process, read once from the `TOD_` part of the environment, wrong values named at start.

Nobody else reads the environment, and no settings object travels: packages receive values. A secret may lie in a file
instead: `TOD_POSTGRES_URL_FILE` beside `TOD_POSTGRES_URL`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from contracts.language.errors import InvalidRequest

PREFIX: Final = "TOD_"
FILE: Final = "_file"
Settings = TypeVar("Settings", bound=msgspec.Struct)
Url = Annotated[str, Meta(min_length=1)]
PostgresUrl = Annotated[Url, Meta(description="The read database, as the login role of this process.")]
RedisUrl = Annotated[Url, Meta(description="Valkey: leases, limits, handshakes; nothing that may not be lost.")]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every process needs."""

    data_dir: Annotated[str, Meta(description="Where the installation keeps its files.")] = ".tod"
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$", description="The least that is logged.")] = (
        "info"
    )
    metrics_port: Annotated[int, Meta(ge=0, le=65535, description="Prometheus on loopback; 0 for none.")] = 0
    nats_url: Annotated[Url, Meta(description="Where the log is: the NATS server.")] = "nats://127.0.0.1:4222"
    nats_seed_file: Annotated[str, Meta(description="The nkey seed of the process' own user.")]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(****)"

    def nats_seed(self) -> str:
        """The seed itself, read when it is needed."""
        return Path(self.nats_seed_file).read_text(encoding="ascii").strip()


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line may be told of a platform that runs elsewhere."""

    url: Annotated[str, Meta(description="Where the gateway is.")] = ""
    token: Annotated[str, Meta(description="An access token for it.")] = ""
    config_dir: Annotated[str, Meta(description="Where `tod login` keeps its session, if not in ~/.config/tod.")] = ""

    def __repr__(self) -> str:
        return "ClientSettings(****)"


class EmbeddedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `ops/up` and the tests may be told of the servers that they start."""

    postgres_home: Annotated[
        str,
        Meta(description="The folder, with `bin` in it, of a PostgreSQL to use in place of the one that is installed."),
    ] = ""


class OpenBaoSettings(ProcessSettings, frozen=True, kw_only=True):
    """What a process needs that uses keys."""

    openbao_url: Annotated[Url, Meta(description="Where the keys are: the OpenBao server.")]
    openbao_role_file: Annotated[str, Meta(description="JSON with `role_id` and `secret_id` of the process' AppRole.")]

    def openbao_role(self) -> tuple[str, str]:
        """The AppRole's role id and secret id, read when they are needed."""
        role = msgspec.json.decode(Path(self.openbao_role_file).read_bytes(), type=dict[str, str])
        return role["role_id"], role["secret_id"]


class GatewaySettings(OpenBaoSettings, frozen=True, kw_only=True):
    """The HTTP process."""

    http_host: Annotated[str, Meta(description="The address that is listened on.")] = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65535, description="The port there; 0 for a free one.")] = 8000
    postgres_url: PostgresUrl
    redis_url: RedisUrl
    writes_per_second_max: Annotated[float, Meta(gt=0, description="How many commands one caller may send.")] = 10.0
    sign_ins_per_minute_max: Annotated[
        int, Meta(ge=1, le=100_000, description="Sign-ins that one address, and one account, may begin.")
    ] = 5
    strangers_per_second_max: Annotated[
        float, Meta(gt=0, description="Requests of one address that is not signed in, or not yet.")
    ] = 2.0
    pool_size_max: Annotated[int, Meta(ge=1, le=200, description="Connections to PostgreSQL.")] = 10
    cors_origins: Annotated[str, Meta(description="Allowed origins, separated by blanks; none by default.")] = ""
    is_behind_tls: Annotated[
        bool, Meta(description="Whether browsers reach it by https alone: cookies and headers then insist on it.")
    ] = False


class CommandsSettings(OpenBaoSettings, frozen=True, kw_only=True):
    """The deciding process."""

    redis_url: RedisUrl
    public_url: Annotated[str, Meta(description="Where people reach the installation; links in mails begin so.")] = (
        "http://127.0.0.1:8000"
    )
    mail_folder: Annotated[
        str, Meta(description="Letters are left here while no mail server is set; empty for nowhere.")
    ] = ""


class PollersSettings(OpenBaoSettings, frozen=True, kw_only=True):
    """The polling process."""

    redis_url: RedisUrl
    poll_interval: Annotated[float, Meta(ge=1, le=86_400, description="Seconds between two polls of a device.")] = 60.0
    authority_file: Annotated[str, Meta(description="PEM of the authorities that device certificates come from.")] = ""
    in_flight_max: Annotated[int, Meta(ge=1, le=10_000, description="Devices that are asked at the same time.")] = 256


class ProjectionsSettings(ProcessSettings, frozen=True, kw_only=True):
    """The projecting process."""

    postgres_url: PostgresUrl
    batch_max: Annotated[int, Meta(ge=1, le=10_000, description="Events that are written in one transaction.")] = 500


class MigrateSettings(OpenBaoSettings, frozen=True, kw_only=True):
    """The one that makes streams, roles and schemas, and ends."""

    postgres_url: PostgresUrl
    postgres_passwords_file: Annotated[str, Meta(description="JSON: login role to password, if they shall be set.")] = (
        ""
    )
    nats_replicas: Annotated[int, Meta(ge=1, le=5, description="Copies of every stream; 3 in a cluster.")] = 1
    observations_bytes_max: Annotated[
        int, Meta(ge=1024 * 1024, description="What observations may take on disk; the oldest go first.")
    ] = 20 * 1024**3


def load(kind: type[Settings], environment: Mapping[str, str] | None = None) -> Settings:
    """Read one process' settings; raises InvalidRequest that names the variable that is missing or wrong."""
    found = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = f"{PREFIX}{field.name}".upper()
        if name in found:
            values[field.name] = found[name]
        elif (path := found.get(f"{name}{FILE.upper()}")) is not None:
            values[field.name] = Path(path).read_text(encoding="utf-8").strip()
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{_variable(str(error))}: {error}. See the settings page of the handbook.") from error


def _variable(complaint: str) -> str:
    """The variable that a complaint of msgspec's is about (`… - at `$.http_port``, or `missing required field `x``)."""
    name = complaint.rpartition("$.")[2] if "$." in complaint else complaint.rpartition("field ")[2]
    return f"{PREFIX}{name.strip('` ')}".upper()
