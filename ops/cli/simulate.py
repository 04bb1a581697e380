"""`tod simulate`: a fleet of simulated routers for anybody's use."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

DEVICES_MAX: Final = 20_000


def simulate(
    devices: Annotated[int, typer.Option(min=1, max=DEVICES_MAX, help="How many routers.")] = 25,
    seed: Annotated[int, typer.Option(help="The same seed makes the same fleet.")] = 1,
    first: Annotated[str, typer.Option(help="The first router's address; the others follow.")] = "127.1.0.1",
    api_port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.")] = 8728,
    tls_port: Annotated[int, typer.Option(help="Port of the API over TLS; 0 takes a free one.")] = 8729,
    ssh_port: Annotated[int, typer.Option(help="Port of SSH; 0 takes a free one.")] = 2222,
    data_dir: Annotated[Path, typer.Option(help="Where host keys and certificates are kept.")] = Path(".tod-simulator"),
) -> None:
    """Serve simulated routers on 127.0.0.0/8, good enough for WinBox' API clients, SSH and SFTP."""
    ports = {"api-port": api_port, "tls-port": tls_port, "ssh-port": ssh_port}
    options = {"devices": devices, "seed": seed, "first": first, "data-dir": data_dir, **ports}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    os.execv(sys.executable, [sys.executable, "-m", "ops.simulator", *arguments])  # noqa: S606 - no shell is wanted
