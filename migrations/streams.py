"""Streams and durable consumers as the contracts declare them: made when missing, refused when they differ.

Only the migration user may make one. Every other process calls `drift` at start-up and refuses to run on a stream that
is not what the contracts say, because a guard that is off (`deny_delete`, `sync_interval`) shows only on the day it is
needed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from contracts.language.errors import ContractBroken
from contracts.language.streams import CONSUMERS, STREAMS, ConsumerSpec, StreamSpec

NANOSECONDS: Final = 1_000_000_000
NOT_FOUND: Final = 404
SAFE: Final = "default"
LEFT_OUT: Final = {"persist_mode": SAFE}
"""What a setting is that the server leaves out, where that is not its zero."""


class Administration(Protocol):
    """The JetStream API: one request, one JSON answer, errors included."""

    async def api(self, subject: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask `$JS.API.<subject>`; the answer holds `error` when it is one."""
        ...


def stream_config(spec: StreamSpec, *, replicas: int = 1, bytes_max: int | None = None) -> dict[str, Any]:
    """What a stream must look like on the server. `bytes_max` narrows a bounded stream for a small machine."""
    limit = spec.bytes_max if bytes_max is None or spec.bytes_max < 0 else min(bytes_max, spec.bytes_max)
    config: dict[str, Any] = {
        "name": spec.name,
        "subjects": list(spec.subjects),
        "retention": spec.retention.value,
        "storage": "file",
        "discard": "old",
        "max_age": int(spec.max_age_seconds * NANOSECONDS),
        "max_bytes": limit,
        "max_msg_size": spec.message_bytes_max,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "duplicate_window": int(spec.duplicate_window_seconds * NANOSECONDS),
        "compression": "s2" if spec.is_compressed else "none",
        "num_replicas": replicas,
        "deny_delete": spec.is_immutable,
        "deny_purge": spec.is_immutable,
        "allow_direct": True,
        "allow_atomic": spec.is_atomic,
        "persist_mode": "async" if spec.is_async else SAFE,
        "allow_rollup_hdrs": spec.has_schedules,
        "allow_msg_schedules": spec.has_schedules,
        "allow_msg_ttl": spec.has_schedules,
    }
    return config


def consumer_config(spec: ConsumerSpec) -> dict[str, Any]:
    """What a durable consumer must look like on the server."""
    config: dict[str, Any] = {
        "durable_name": spec.name,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(spec.ack_wait_seconds * NANOSECONDS),
        "max_ack_pending": spec.in_flight_max,
        "max_deliver": -1,
        "replay_policy": "instant",
    }
    if len(spec.subjects) == 1:
        config["filter_subject"] = spec.subjects[0]
    else:
        config["filter_subjects"] = list(spec.subjects)
    return config


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Every setting that is not as wanted, in words. A setting the server leaves out is its zero."""
    there = {key: found.get(key, LEFT_OUT.get(key, _zero_of(value))) for key, value in wanted.items()}
    return [f"{key} is {there[key]!r}, must be {value!r}" for key, value in wanted.items() if there[key] != value]


def _zero_of(value: object) -> object:
    return type(value)() if isinstance(value, bool | int | str | list) else None


async def provision(
    server: Administration, *, replicas: int = 1, bytes_max: Mapping[str, int] | None = None
) -> list[str]:
    """Make every stream and consumer that is missing and return their names.

    Raises ContractBroken when one that is there differs.
    """
    sizes = bytes_max or {}
    configs = {stream: stream_config(stream, replicas=replicas, bytes_max=sizes.get(stream.name)) for stream in STREAMS}
    streams = [stream.name for stream, config in configs.items() if await _ensure_stream(server, stream, config)]
    return streams + [f"{spec.stream}/{spec.name}" for spec in CONSUMERS if await _ensure_consumer(server, spec)]


async def _ensure_stream(server: Administration, spec: StreamSpec, wanted: Mapping[str, Any]) -> bool:
    found = await server.api(f"STREAM.INFO.{spec.name}")
    if is_missing := _is_missing(found):
        found = _checked(await server.api(f"STREAM.CREATE.{spec.name}", wanted), f"create stream {spec.name}")
    _refuse(f"stream {spec.name}", differences(wanted, _checked(found, f"read stream {spec.name}")["config"]))
    return is_missing


async def _ensure_consumer(server: Administration, spec: ConsumerSpec) -> bool:
    wanted = consumer_config(spec)
    found = await server.api(f"CONSUMER.INFO.{spec.stream}.{spec.name}")
    if is_missing := _is_missing(found):
        request = {"stream_name": spec.stream, "config": wanted, "action": "create"}
        found = await server.api(f"CONSUMER.DURABLE.CREATE.{spec.stream}.{spec.name}", request)
    what = f"consumer {spec.stream}/{spec.name}"
    _refuse(what, differences(wanted, _checked(found, f"read {what}")["config"]))
    return is_missing


async def drift(server: Administration, streams: Iterable[StreamSpec] = STREAMS) -> list[str]:
    """How the streams on the server differ from the contracts, in words; empty when they do not.

    Sizes may be narrower, replicas more.
    """
    lines = []
    for spec in streams:
        found = await server.api(f"STREAM.INFO.{spec.name}")
        if _is_missing(found):
            lines.append(f"stream {spec.name} is missing: run `tod migrate`")
            continue
        config = _checked(found, f"read stream {spec.name}")["config"]
        wanted = {key: value for key, value in stream_config(spec).items() if key not in {"max_bytes", "num_replicas"}}
        lines += [f"stream {spec.name}: {line}" for line in differences(wanted, config)]
        if spec.bytes_max > 0 and not 0 < config.get("max_bytes", -1) <= spec.bytes_max:
            lines.append(
                f"stream {spec.name}: max_bytes is {config.get('max_bytes')!r}, must be at most {spec.bytes_max}"
            )
    return lines


def _is_missing(answer: Mapping[str, Any]) -> bool:
    return bool(answer.get("error", {}).get("code") == NOT_FOUND)


def _checked(answer: dict[str, Any], what: str) -> dict[str, Any]:
    if error := answer.get("error"):
        raise ContractBroken(f"Could not {what}: {error.get('description', error)}")
    return answer


def _refuse(what: str, lines: list[str]) -> None:
    if lines:
        raise ContractBroken(f"The {what} on the server is not what the contracts declare: {'; '.join(lines)}")
