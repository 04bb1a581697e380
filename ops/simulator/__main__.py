"""`python -m ops.simulator`: serve a fleet until told to stop; one line of JSON says when and where."""

import argparse
import asyncio
import json
import resource
import signal
import sys
from pathlib import Path

import uvloop

from ops.simulator.control import serve_control
from ops.simulator.fleet import Fleet, Ports


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.simulator", description=__doc__)
    parser.add_argument("--devices", type=int, default=25, help="how many routers (at most 20000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same fleet")
    parser.add_argument("--first", default="127.1.0.1", help="address of the first router")
    parser.add_argument("--api-port", type=int, default=8728, help="0 takes a free port")
    parser.add_argument("--tls-port", type=int, default=8729, help="0 takes a free port")
    parser.add_argument("--ssh-port", type=int, default=2222, help="0 takes a free port")
    parser.add_argument("--data-dir", type=Path, help="where certificates and host keys are kept")
    parser.add_argument(
        "--control", type=Path, help="unix socket through which tests and `tod simulate` steer the fleet"
    )
    return parser.parse_args()


async def _serve(asked: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopped.set)
    ports = Ports(asked.api_port, asked.tls_port, asked.ssh_port)
    fleet = Fleet(asked.devices, seed=asked.seed, ports=ports, first=asked.first, data_dir=asked.data_dir)
    async with fleet:
        ready = {"ready": True, "devices": asked.devices, **fleet.ports._asdict()}
        ready["authority"] = str(fleet.vault.ca_file)  # made before anybody is told to trust it
        ready |= {"first": fleet.routers[0].address, "last": fleet.routers[-1].address}
        control: asyncio.Server | None = None
        if asked.control is not None:
            asked.control.unlink(missing_ok=True)
            control = await serve_control(fleet, asked.control)
            ready["control"] = str(asked.control)
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stopped.wait()
        if control is not None:
            control.close()


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as the system lets us: every connected router is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    _allow_many_connections()
    uvloop.run(_serve(_arguments()))
