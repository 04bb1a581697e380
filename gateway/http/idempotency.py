"""The same key gives the same answer.

Ids that are made from the key, and a fingerprint that tells a retry from another request.

The log keeps a repeated action from being stored twice, and `commands` keeps it from being decided twice; all that is
done here is to give both the same id. The fingerprint lives in the cache for a day. Without the cache a reused key is
not noticed: its caller gets the answer to the first request.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from contracts.language.errors import InvalidRequest, Unavailable
from contracts.language.identity import ActionId, TenantId, repeatable_id
from gateway.http.limits import Cache
from gateway.http.problems import KeyReused

log = structlog.get_logger(__name__)

HEADER: Final = "idempotency-key"
KEY_CHARACTERS_MAX: Final = 200
REMEMBERED_SECONDS: Final = 86_400
_USABLE: Final = re.compile(rf"[\x21-\x7e]{{1,{KEY_CHARACTERS_MAX}}}")
_REMEMBER: Final = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
"""


def key_from(headers: Mapping[str, str]) -> str:
    """The key a request carries, or one of its own: then a retry is a new request.

    Raises InvalidRequest for a useless key.
    """
    key = headers.get(HEADER)
    if key is None:
        return secrets.token_hex(16)
    if not _USABLE.fullmatch(key):
        raise InvalidRequest(
            f"An Idempotency-Key has 1 to {KEY_CHARACTERS_MAX} visible ASCII characters; a random UUID is a good one"
        )
    return key


def action_id(tenant_id: TenantId, actor: str, key: str, command: str) -> ActionId:
    """The id of the action that a key stands for: of this tenant, caller and command."""
    return ActionId(repeatable_id(tenant_id, actor, key, command))


def entity_id(tenant_id: TenantId, actor: str, key: str, command: str) -> UUID:
    """The id of the thing that a key creates."""
    return repeatable_id(tenant_id, actor, key, command, "entity")


def fingerprint(method: str, path: str, body: Mapping[str, Any]) -> str:
    """What a request asks for, without its secrets: those may not be guessed from a digest."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{method} {path} ".encode())
    digest.update(msgspec.json.encode(body, order="deterministic"))
    return digest.hexdigest()


async def refuse_reuse(cache: Cache, action: ActionId, print_of_request: str) -> None:
    """Raise KeyReused when the key stood for another request before."""
    try:
        first = await cache.evaluate(_REMEMBER, [f"tod:idempotency:{action}"], [print_of_request, REMEMBERED_SECONDS])
    except Unavailable as error:
        log.warning("idempotency.unchecked", reason=str(error))
        return
    if (first.decode() if isinstance(first, bytes) else str(first)) != print_of_request:
        raise KeyReused(
            "This Idempotency-Key was sent with another body or path before: use a new key for a new request"
        )
