"""What a command prints: a table for people, JSON for programs, a bar for whatever takes longer than two seconds."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

console: Final = Console()
complaints: Final = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(value: Any) -> None:  # noqa: ANN401 - anything msgspec can encode
    """Print one JSON document on one line, so that a stream of them is JSON Lines."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns; where there are none, say what to do next."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    if table.row_count:
        console.print(table)
    else:
        console.print(f"[dim]{empty}[/dim]")


def print_pairs(title: str, pairs: Mapping[str, object]) -> None:
    """Print names and values."""
    console.print(f"[bold]{title}[/bold]")
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        console.print(f"  {name:<{width}}  {value}")


def progress() -> Progress:
    """A bar with count, rate and time left; tasks give their rate in a field `rate`."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=complaints)


def size(bytes_count: float) -> str:
    """A size as people read it, in powers of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if bytes_count < 1024:  # noqa: PLR2004 - what makes a KiB
            return f"{bytes_count:.0f} {unit}" if unit == "B" else f"{bytes_count:.1f} {unit}"
        bytes_count /= 1024
    return f"{bytes_count:.1f} TiB"
