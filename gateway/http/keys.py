"""API keys on their way in: exchanged for an access token by `commands`, which is kept here for as long as it is good.

The gateway holds digests of keys that were good a moment ago, and no key. What a key was exchanged for is refused as
soon as the key is revoked or its owner let go; then it is exchanged once more, and that is refused, or not.
"""

import base64
import hashlib
import secrets
import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

import msgspec

from contracts.api_keys import KEY, PREFIX, ExchangeApiKey
from contracts.language.errors import NotSignedIn
from gateway.http.authentication import Caller, Keyring
from gateway.http.questions import Questions
from gateway.http.revocations import Revocations

KEPT_MAX: Final = 4096
KEY_RANDOM_BYTES: Final = 32


class Kept(msgspec.Struct, frozen=True):
    """Whom a key stands for, until when by this process' own clock."""

    caller: Caller
    until: float


class ApiKeys:
    """The keys that were exchanged lately, by digest."""

    def __init__(self, questions: Questions, keyring: Keyring, revocations: Revocations) -> None:
        self._questions = questions
        self._keyring = keyring
        self._revocations = revocations
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    async def caller_of(self, key: str) -> Caller:
        """Whom a key stands for; raises NotSignedIn when it is not good, Unavailable when nobody can tell."""
        if KEY.fullmatch(key) is None:
            raise NotSignedIn("That is not an API key: it begins with mktp_ and has 64 more letters.")
        digest = hashlib.sha256(key.encode()).hexdigest()
        kept = self._kept.get(digest)
        if kept is not None and kept.until > time.monotonic() and not self._revocations.is_revoked(kept.caller):
            self._kept.move_to_end(digest)
            return kept.caller
        self._kept.pop(digest, None)
        exchanged = await self._questions.ask(ExchangeApiKey(key=key))
        caller = await self._keyring.caller_of(exchanged.access_token)
        self._kept[digest] = Kept(caller, time.monotonic() + exchanged.expires_in)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return caller


def new_key(api_key_id: UUID) -> tuple[str, str]:
    """A key, and the digest that is kept of it."""
    key = PREFIX + base64.urlsafe_b64encode(api_key_id.bytes + secrets.token_bytes(KEY_RANDOM_BYTES)).decode()
    return key, hashlib.sha256(key.encode()).hexdigest()
