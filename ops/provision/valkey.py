"""The configuration of Valkey: everything in it may be lost, so nothing is written to the disk."""

BYTES_MAX = 96 * 1024**2


def configuration(*, port: int, password: str, bind: str = "127.0.0.1") -> str:
    """Write the configuration. When memory runs out, what expires soonest goes first: leases and limits all expire."""
    lines = {
        "bind": bind,
        "port": str(port),
        "requirepass": password,
        "save": '""',
        "appendonly": "no",
        "maxmemory": str(BYTES_MAX),
        "maxmemory-policy": "volatile-ttl",
        "always-show-logo": "no",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())
