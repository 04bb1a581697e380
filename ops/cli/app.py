"""The list of commands, and how they end: an error of ours in one line for a person, a status for a script."""

import sys
from typing import Final

import typer

from contracts.language.errors import TodError
from ops import log as logging_setup
from ops.cli import account, bench, doctor, fleet, log, rebuild, simulate, token
from ops.cli.output import complaints

app: Final = typer.Typer(
    help="Fleet management for MikroTik RouterOS.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(log.events, name="events")
app.add_typer(account.admin, name="admin")
COMMANDS: Final = (
    account.login,
    account.logout,
    account.whoami,
    account.enrol,
    fleet.status,
    fleet.devices,
    fleet.lag,
    log.parked,
    rebuild.rebuild,
    rebuild.verify,
    doctor.doctor,
    token.token,
    simulate.simulate,
    bench.bench,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the command that was typed."""
    logging_setup.configure("tod", level="error")
    try:
        app()
    except TodError as error:
        complaints.print(f"[red]{error.title}.[/red] {error.message}", highlight=False)
        sys.exit(1)
