"""`tod events tail` and `tod parked`: the log as it is written, and what was set aside."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from contracts.catalog import CODEC
from contracts.language.codec import Recorded, body
from contracts.language.delivery import Delivery
from contracts.language.subject import Kind, kind_filter
from migrations.grants import inbox
from ops.cli.installation import DEFAULT_DATA_DIR, DataDir, settings_of
from ops.cli.output import AsJson, console, print_json, print_table
from ops.connections.nats import NatsBus, connect
from ops.settings import ProcessSettings

events: Final = typer.Typer(help="The log as it is written.", no_args_is_help=True)
TEXT_MAX: Final = 160
KINDS: Final = {"facts": Kind.FACT, "actions": Kind.ACTION, "observations": Kind.OBSERVATION}


async def operator_bus(data_dir: Path) -> NatsBus:
    """Connect as the operator, who may read everything and write nothing."""
    settings = settings_of(ProcessSettings, "operator", data_dir)
    return await connect(settings.nats_url, user="operator", seed=settings.nats_seed(), inbox=inbox("operator"))


@events.command()
def tail(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    kind: Annotated[str, typer.Option(help="facts, actions or observations.")] = "facts",
    tenant: Annotated[str, typer.Option(help="The id of one tenant; all by default.")] = "*",
    word: Annotated[str, typer.Option(help="One word, such as devices; all by default.")] = "*",
    since: Annotated[int, typer.Option(help="Begin after this sequence; -1 is the end.")] = -1,
    count: Annotated[int, typer.Option(help="End after so many; 0 never ends.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show events as they are stored, until interrupted."""
    if kind not in KINDS:
        raise typer.BadParameter(f"choose one of {', '.join(KINDS)}", param_hint="--kind")
    asyncio.run(_tail(data_dir, KINDS[kind], kind_filter(KINDS[kind], word, tenant), since, count, is_json=as_json))


async def _tail(data_dir: Path, kind: Kind, subjects: str, since: int, count: int, *, is_json: bool) -> None:
    bus = await operator_bus(data_dir)
    stream = "OBSERVATIONS" if kind is Kind.OBSERVATION else "LEDGER"
    shown = 0
    try:
        after = await bus.head(stream) if since < 0 else since
        async for batch in bus.follow(stream, [subjects], after=after):
            for recorded in (each for delivery in batch for each in CODEC.decode(delivery)[:1]):
                _show(recorded, is_json=is_json)
                shown += 1
                if shown == count:
                    return
    finally:
        await bus.close()


def _show(recorded: Recorded, *, is_json: bool) -> None:
    message, envelope = recorded.message, recorded.envelope
    if is_json:
        print_json(
            {
                "sequence": recorded.sequence,
                "type": message.name,
                "tenant_id": recorded.tenant_id,
                "entity": recorded.entity,
                "occurred_at": envelope.occurred_at,
                "actor": envelope.actor,
                "correlation": envelope.correlation,
                "body": message,
            }
        )
        return
    at = envelope.occurred_at.astimezone(UTC).strftime("%H:%M:%S")
    text = _text(msgspec.json.decode(body(message)))
    line = f"[dim]{recorded.sequence:>9}  {at}[/dim]  [cyan]{message.name}[/cyan]  {text}"
    console.print(line, highlight=False, soft_wrap=True)


def _text(body: dict[str, Any]) -> str:
    text = " ".join(f"{name}={_short(value)}" for name, value in body.items())
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


def _short(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(value) + "}"
    return f"[{len(value)}]" if isinstance(value, list | tuple) else str(value)


def parked(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Show what was set aside with its error, so that the rest could go on."""
    rows = asyncio.run(_parked(data_dir))
    if as_json:
        print_json(rows)
        return
    columns = ("sequence", "parked at", "by", "subject", "error")
    print_table("Parked", columns, (tuple(row.values()) for row in rows), empty="Nothing is parked.")


async def _parked(data_dir: Path) -> list[dict[str, Any]]:
    bus = await operator_bus(data_dir)
    try:
        return [_parked_row(delivery) for delivery in await bus.history("PARKED", kind_filter(Kind.PARKED))]
    finally:
        await bus.close()


def _parked_row(delivery: Delivery) -> dict[str, Any]:
    return {
        "sequence": delivery.sequence,
        "parked_at": delivery.stored_at.astimezone(UTC).isoformat(timespec="seconds"),
        "by": delivery.headers.get("tod-parked-by", ""),
        "subject": delivery.subject,
        "error": delivery.headers.get("tod-error", ""),
    }


def polls_per_second(newest: Delivery | None, older: Delivery | None) -> float:
    """The rate between two stored observations."""
    if newest is None or older is None or newest.sequence == older.sequence:
        return 0.0
    seconds = (newest.stored_at - older.stored_at).total_seconds()
    idle = (datetime.now(UTC) - newest.stored_at).total_seconds()
    return (newest.sequence - older.sequence) / max(seconds + idle, 0.001)
