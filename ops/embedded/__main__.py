"""`ops/up`: what it may be asked, and how it shows what goes on: a line for each step, then one live line."""

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from contracts.language.errors import TodError
from ops.cli.account import FIRST_EMAIL, first_link
from ops.embedded.folder import Snapshot, ask_to_go, read_snapshot
from ops.embedded.stack import MAIL_FOLDER, Options
from ops.embedded.up import up

ROOT: Final = Path(__file__).resolve().parent.parent.parent
WAIT_SECONDS: Final = 0.2
console: Final = Console(highlight=False)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="ops/up", description="Run TOD on this machine, with real servers.")
    parser.add_argument("--devices", type=int, default=25, help="simulated routers (default: 25)")
    parser.add_argument("--tenants", type=int, default=3, help="tenants that they belong to (default: 3)")
    parser.add_argument("--poll-interval", type=float, default=60.0, help="seconds between two polls (default: 60)")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".tod", help="where everything is kept (default: .tod)")
    parser.add_argument("--port", type=int, help="port of the gateway (default: 8000, or a free one)")
    parser.add_argument("--detach", action="store_true", help="return when everything runs; --down stops it")
    parser.add_argument("--down", action="store_true", help="stop what runs on the data folder")
    return parser.parse_args()


def main() -> int:
    """Do what was asked; 0 when it went well."""
    asked = arguments()
    folder = asked.data_dir.absolute()
    if asked.down:
        return down(folder)
    if asked.detach:
        return detach(folder)
    options = Options(
        folder=folder,
        devices=asked.devices,
        tenants=asked.tenants,
        poll_interval_seconds=asked.poll_interval,
        http_port=asked.port,
    )
    with Screen(folder) as screen:
        try:
            up(options, screen.show)
        except TodError as error:
            screen.complain(error.message)
            return 1
    return 0


class Screen:
    """What a person sees: each step once, how to sign in when all runs, then one line that stays up to date."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begun = time.monotonic()
        self._phase = ""
        self._restarts = 0
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Show how it stands now."""
        if snapshot.phase != self._phase:
            self._phase = snapshot.phase
            self._say(f"{self._seconds():6.1f} s  {snapshot.phase}")
            if snapshot.is_running:
                self._say(welcome(snapshot, self.folder))
        restarts = sum(child.restarts for child in snapshot.children)
        if restarts > self._restarts:
            names = ", ".join(child.name for child in snapshot.children if child.pid is None)
            self._say(f"{self._seconds():6.1f} s  died and is started again: {names or 'a child'}")
        self._restarts = restarts
        if console.is_terminal:
            self._live.update(line(snapshot, self._seconds()), refresh=True)

    def complain(self, text: str) -> None:
        """Say what went wrong."""
        console.print(f"[red]{escape(text)}[/red]", soft_wrap=True)

    def _say(self, text: str) -> None:
        console.print(text, soft_wrap=True)

    def _seconds(self) -> float:
        return time.monotonic() - self._begun


def welcome(snapshot: Snapshot, folder: Path) -> str:
    """Return where it runs and how to sign in: by the first administrator's link, until somebody has enrolled."""
    tod = ROOT / ".venv" / "bin" / "tod"
    where = "" if folder == ROOT / ".tod" else f" --data-dir '{folder}'"
    link = asyncio.run(first_link(folder))
    sign_in = (
        f"Enrol:    '{tod}' enrol '{link}'\n          (once; as {FIRST_EMAIL}, or invite another address with"
        f" '{tod}' admin invite EMAIL{where})\n"
        if link
        else f"Sign in:  '{tod}' login --url {snapshot.url} --email EMAIL\n"
    )
    return (
        f"\nTOD runs at [bold]{snapshot.url}[/bold]\n{sign_in}"
        f"Letters:  {folder / MAIL_FOLDER}  (one file each, until a mail server is set)\n"
        f"Develop:  TOKEN=$('{tod}' token{where})\n"
        f'          curl -H "Authorization: Bearer $TOKEN" {snapshot.url}/api/devices\n'
    )


def line(snapshot: Snapshot, seconds: float) -> Text:
    """Return the live line: how long, what, and each child as running or not."""
    clock = f"{int(seconds) // 60:3d}:{int(seconds) % 60:02d}"
    text = Text(f"{clock}  {snapshot.phase}  {snapshot.figures}  ", no_wrap=True, overflow="ellipsis")
    for child in snapshot.children:
        mark = "●" if child.pid is not None else "○"
        text.append(f"{mark} {child.name} ", style="green" if child.pid is not None else "red")
        if child.restarts:
            text.append(f"(restarted {child.restarts}) ", style="yellow")
    return text


def down(folder: Path) -> int:
    """Stop what runs on the folder; nothing to stop is no failure."""
    console.print(f"stopping what runs in {folder}")
    console.print("stopped" if ask_to_go(folder) else "nothing ran there", soft_wrap=True)
    return 0


def detach(folder: Path) -> int:
    """Run the same command in a session of its own, and follow it until everything runs or it fails."""
    log = folder / "logs" / "up.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "ops.embedded", *(text for text in sys.argv[1:] if text != "--detach")]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    with Screen(folder) as screen:
        while process.poll() is None:
            snapshot = read_snapshot(folder)
            if snapshot is not None and snapshot.pid == process.pid:
                screen.show(snapshot)
                if snapshot.is_running:
                    return 0
            time.sleep(WAIT_SECONDS)
        screen.complain(log.read_text(errors="replace").strip())
    return 1


if __name__ == "__main__":
    sys.exit(main())
