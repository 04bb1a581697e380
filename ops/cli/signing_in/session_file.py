"""Where the command line keeps a session: a file that only its owner reads, renewed before it runs out.

It holds the refresh token, which is good once. So two commands at once take turns at it: each locks the file, looks
whether the other has renewed meanwhile, and only then renews.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from contracts.language.errors import NotSignedIn
from ops.cli.signing_in.account import Door, SignInRefused, Tokens
from ops.provision.secrets import write_private
from ops.settings import ClientSettings, load

NAME: Final = "session.json"
LEFT_SECONDS_MIN: Final = 30.0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One session with where it is good. `expires_at` is that of the access token, in seconds since 1970."""

    url: str
    email: str
    tokens: Tokens
    expires_at: float


def folder() -> Path:
    """Where the command line keeps what is a person's own: TOD_CONFIG_DIR, or the usual place below the home folder."""
    chosen = load(ClientSettings).config_dir
    return Path(chosen) if chosen else Path.home() / ".config" / "tod"


def read() -> Kept | None:
    """The session that is kept, if there is one that can be read."""
    try:
        return msgspec.json.decode((folder() / NAME).read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return None


def keep(url: str, email: str, tokens: Tokens) -> Kept:
    """Keep a session in place of the one before."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = Kept(url=url, email=email, tokens=tokens, expires_at=time.time() + tokens.expires_in)
    write_private(folder() / NAME, msgspec.json.encode(kept))
    return kept


def forget() -> None:
    """Keep none."""
    (folder() / NAME).unlink(missing_ok=True)


def current() -> Kept | None:
    """The session, renewed when it is about to run out. Raises NotSignedIn when it cannot be renewed, Unavailable."""
    kept = read()
    if kept is None or _is_good(kept):
        return kept
    with _turn():
        kept = read()
        if kept is None or _is_good(kept):
            return kept
        try:
            tokens = Door(kept.url).renew(kept.tokens.refresh_token)
        except SignInRefused as error:
            forget()
            raise NotSignedIn(f"The session at {kept.url} is over. Sign in with `tod login`.") from error
        return keep(kept.url, kept.email, tokens)


def _is_good(kept: Kept) -> bool:
    return kept.expires_at - time.time() > LEFT_SECONDS_MIN


@contextmanager
def _turn() -> Iterator[None]:
    with (folder() / f"{NAME}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
