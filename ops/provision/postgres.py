"""The configuration of PostgreSQL, and which process logs in as whom. Migrations make the logins."""

from collections.abc import Mapping

DATABASE = "tod"
OWNER = "postgres"
"""The superuser of the cluster. Only migrations use it."""
ROLES: Mapping[str, str] = {"gateway": "tod_gateway", "projections": "tod_projector", "migrations": OWNER}
"""The login of each process that has one; the others never see a database."""

INITDB_ARGUMENTS = (
    f"--username={OWNER}",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--no-instructions",
)

SETTINGS: Mapping[str, str] = {
    "unix_socket_directories": "''",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "128MB",
    "max_wal_size": "1GB",
    "wal_compression": "pglz",
    "checkpoint_timeout": "15min",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_min_duration_statement": "'1s'",
    "log_line_prefix": "'%m [%p] %u@%d '",
}
"""For two cores and half a gigabyte: few connections, no just-in-time compiler, no replica to write the log for."""

HOST_ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
"""Nobody comes in without a password, and nobody from another machine."""


SINCE_18: Mapping[str, str] = {"io_method": "sync"}
"""What an older server does not know: no processes that read ahead, on a machine with two cores."""
TIMESCALE: Mapping[str, str] = {
    "shared_preload_libraries": "'timescaledb'",
    "timescaledb.max_background_workers": "0",
    "timescaledb.telemetry_level": "off",
}
"""What is added where TimescaleDB is there: no workers, since the projector tends its tables, and no telemetry."""


def configuration(port: int, *, major: int = 18, offers_timescale: bool = False) -> str:
    """Write `postgresql.conf` for a server of one major version; the folder's own default file is not read."""
    lines = {"listen_addresses": "'127.0.0.1'", "port": str(port), **SETTINGS}
    if major >= 18:  # noqa: PLR2004 - as the name of the table says
        lines |= SINCE_18
    if offers_timescale:
        lines |= TIMESCALE
    return "".join(f"{name} = {value}\n" for name, value in lines.items())
