"""How a router misbehaves, switched on and off while it runs: what was seen to go wrong in the field (facts 19).

Knows bytes and replies, not what commands mean.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from ops.simulator.wire import SentenceReader, sentence

_STRAY = (b"=x-unheard-of=1", b"=debug-info=role:Root (1)\nlearn 1 forward 1\n", b"=note=caf\xe9 n\xb02")
_NOISE = b"\xff\xf8\x00SSH-2.0-\x00\x13\x37" * 8
THROTTLE_FREE = 150  # commands at full speed (facts 7.4)
THROTTLE_SECONDS = 0.02  # what each further command takes


class Throttle:
    """The pace of a real device: quick at first, then so many commands a second over all its connections."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def delay(self, now: float, commands: int) -> float:
        """Return for how long the answer to so many commands is held back."""
        earliest = now - THROTTLE_FREE * THROTTLE_SECONDS
        self._free_at = max(self._free_at, earliest) + commands * THROTTLE_SECONDS
        return max(self._free_at - now, 0.0)


@dataclass(frozen=True)
class Mishaps:
    """The failure modes of one router; each field is one."""

    slow_seconds: float = 0.0  # every answer comes this late
    stall_seconds: float = 0.0  # every answer stops this long in the middle of a sentence
    crumbs: bool = False  # answers arrive byte by byte, lengths cut in two
    refuse: bool = False  # connections are reset at once
    half_open: bool = False  # connections are taken, nothing is ever answered
    drop_mid_sentence: bool = False  # half an answer, then the end
    garbage: bool = False  # bytes that are no protocol at all
    wrong_password: bool = False  # no login succeeds
    reboot_every: float = 0.0  # seconds from boot to the next reboot
    fatal: str = ""  # every command ends the connection with this reason
    tag_last: bool = False  # `.tag` stands at the end of replies
    cancel_answer_last: bool = False  # `/cancel` is answered after the command that it ends
    missing_fields: float = 0.0  # this share of fields is left out
    stray_fields: bool = False  # unknown fields, line ends and bytes that are no UTF-8
    vanishing_rows: float = 0.0  # this share of rows is not there this time
    throttle: Throttle | None = None
    update_status: str = ""  # what check-for-updates ends in
    install_fails: bool = False  # an upgrade comes back with the old version
    export_error: str = ""  # `error` in the middle, or `cut` at the end
    import_stops_after: int | None = None  # commands, then the rest is lost
    backup_fails: bool = False  # a saved backup has no bytes
    sftp_fails: bool = False
    seed: int = field(default=1, repr=False)

    @staticmethod
    def names() -> list[str]:
        """Return what can be switched."""
        return [each.name for each in fields(Mishaps)]

    @property
    def distorts(self) -> bool:
        """Whether replies are changed before they leave."""
        return self.tag_last or self.stray_fields or self.missing_fields > 0 or self.vanishing_rows > 0

    def distort(self, data: bytes) -> bytes:
        """Return replies as this router gets them wrong."""
        dice = random.Random(self.seed + len(data))  # noqa: S311 - repeatable weather
        out: list[bytes] = []
        for words in SentenceReader().feed(data):
            if words[0] != b"!re":
                out.append(sentence(self._tagged_last(words)))
                continue
            if dice.random() < self.vanishing_rows:
                continue
            kept = [word for word in words if not word.startswith(b"=") or dice.random() >= self.missing_fields]
            if self.stray_fields:
                kept.append(dice.choice(_STRAY))
            out.append(sentence(self._tagged_last(tuple(kept))))
        return b"".join(out)

    def _tagged_last(self, words: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if not self.tag_last:
            return words
        tags = tuple(word for word in words if word.startswith(b".tag="))
        return tuple(word for word in words if word not in tags) + tags

    def deliver(self, data: bytes, commands: int, write: Callable[[bytes], None], end: Callable[[], None]) -> None:
        """Send an answer the way this router does; `end` closes the connection."""
        loop = asyncio.get_running_loop()
        if self.half_open:
            return
        if self.distorts:
            data = self.distort(data)
        delay = self.slow_seconds
        if self.throttle is not None:
            delay += self.throttle.delay(loop.time(), commands)
        middle = len(data) // 2
        if self.garbage:
            data = _NOISE
        if self.drop_mid_sentence:
            loop.call_later(delay, write, data[:middle])
            loop.call_later(delay, end)
        elif self.stall_seconds:
            loop.call_later(delay, write, data[:middle])
            loop.call_later(delay + self.stall_seconds, write, data[middle:])
        elif self.crumbs:
            for place in range(len(data)):
                loop.call_later(delay + place * 0.0001, write, data[place : place + 1])
        elif delay:
            loop.call_later(delay, write, data)
        else:
            write(data)
