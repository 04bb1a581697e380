"""Who is calling: verifies the access token that `commands` signed. It holds public keys only and can sign nothing.

A token is a JWT under EdDSA (Ed25519), and under no other algorithm whatever its header says. The cookie is taken for
reading only: a page of another site can make a browser send a cookie with a change, and cannot make it send an
Authorization header.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta

from contracts.language.access import Permission, Role, is_allowed
from contracts.language.errors import NotSignedIn
from contracts.language.identity import TenantId

AccessKeys = Callable[[], Awaitable[Mapping[str, bytes]]]
"""Gives the public keys by key id, each 32 raw bytes.

Asked at start and when a token names a key that is not known yet.
"""

ALGORITHM: Final = "EdDSA"
PARTY: Final = "tod"
COOKIE: Final = "access_token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_BYTES_MAX: Final = 4096
VERIFIED_MAX: Final = 4096
REFRESH_SECONDS: Final = 30.0
LEEWAY_SECONDS: Final = 5.0
_REQUIRED: Final = ("iss", "aud", "sub", "sid", "role", "iat", "exp", "rls")


class Claims(msgspec.Struct, frozen=True):
    """What an access token says."""

    sub: Annotated[str, Meta(min_length=1, max_length=200)]
    sid: Annotated[str, Meta(min_length=1, max_length=100)]
    role: Role
    exp: float
    rls: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._*\-]{1,400}$")]
    tid: UUID | None = None
    epoch: Annotated[int, Meta(ge=0)] = 0
    own: str = ""
    scp: tuple[Permission, ...] | None = None
    net: tuple[str, ...] = ()


class Caller(msgspec.Struct, frozen=True):
    """Somebody whose token holds. `tenant_token` is what the database checks; it is passed on and never made here."""

    actor: str
    session_id: str
    role: Role
    tenant_id: TenantId | None
    tenant_token: str
    expires_at: float
    epoch: int = 0
    owner: str = ""
    scopes: frozenset[Permission] | None = None
    networks: tuple[str, ...] = ()

    def may(self, permission: Permission) -> bool:
        """Whether their role holds a permission, and their key, if it is one, too."""
        return is_allowed(self.role, permission) and (self.scopes is None or permission in self.scopes)

    def is_from(self, address: str) -> bool:
        """Whether they may come from there."""
        if not self.networks:
            return True
        try:
            here = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(here in ipaddress.ip_network(network) for network in self.networks)

    def __repr__(self) -> str:
        return f"Caller({self.actor}, {self.role})"


class Keyring:
    """The pinned public keys, and the tokens they have proved lately."""

    def __init__(self, access_keys: AccessKeys, *, clock: Callable[[], float] = time.time) -> None:
        self._access_keys = access_keys
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._refreshed_at = float("-inf")
        self._refreshing = asyncio.Lock()
        self._verified: OrderedDict[str, Caller] = OrderedDict()

    async def refresh(self) -> None:
        """Take the keys as they are now; a key that is gone proves nothing any more."""
        raw = await self._access_keys()
        self._keys = {name: Ed25519PublicKey.from_public_bytes(key) for name, key in raw.items()}
        self._verified.clear()
        self._refreshed_at = self._clock()

    async def caller_of(self, token: str) -> Caller:
        """Whose token this is; raises NotSignedIn when it proves nothing."""
        if (caller := self._verified.get(token)) is not None:
            if caller.expires_at <= self._clock():
                del self._verified[token]
                raise NotSignedIn("The access token has expired: renew it, or sign in again")
            self._verified.move_to_end(token)
            return caller
        caller = _caller(self._proved(token, await self._key_for(token)))
        self._verified[token] = caller
        if len(self._verified) > VERIFIED_MAX:
            self._verified.popitem(last=False)
        return caller

    async def _key_for(self, token: str) -> Ed25519PublicKey:
        if len(token) > TOKEN_BYTES_MAX:
            raise NotSignedIn(f"An access token is at most {TOKEN_BYTES_MAX} bytes long")
        try:
            name = str(jwt.get_unverified_header(token).get("kid", ""))
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise NotSignedIn("The access token is not a JSON Web Token: sign in again") from error
        if name not in self._keys:
            await self._refresh_if_due()
        try:
            return self._keys[name]
        except KeyError:
            raise NotSignedIn(
                "The access token was signed with a key that is not trusted here: sign in again"
            ) from None

    async def _refresh_if_due(self) -> None:
        async with self._refreshing:
            if self._clock() - self._refreshed_at >= REFRESH_SECONDS:
                await self.refresh()

    def _proved(self, token: str, key: Ed25519PublicKey) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=PARTY,
                issuer=PARTY,
                leeway=LEEWAY_SECONDS,
                options={"require": list(_REQUIRED)},
            )
        except jwt.ExpiredSignatureError as error:
            raise NotSignedIn("The access token has expired: renew it, or sign in again") from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise NotSignedIn("The access token does not hold: sign in again") from error


def _caller(proved: dict[str, Any]) -> Caller:
    try:
        claims = msgspec.convert(proved, Claims)
    except msgspec.ValidationError as error:
        raise NotSignedIn(f"The access token lacks what is needed here ({error}): sign in again") from error
    if (claims.tid is None) != (claims.role is Role.SUPER_ADMIN):
        raise NotSignedIn("The access token names a role and a tenant that do not go together: sign in again")
    return Caller(
        actor=claims.sub,
        session_id=claims.sid,
        role=claims.role,
        tenant_id=None if claims.tid is None else TenantId(claims.tid),
        tenant_token=claims.rls,
        expires_at=claims.exp,
        epoch=claims.epoch,
        owner=claims.own or claims.sub,
        scopes=None if claims.scp is None else frozenset(claims.scp),
        networks=claims.net,
    )


def token_from(method: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """The token a request carries; raises NotSignedIn when there is none that counts for its method."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if scheme:
        raise NotSignedIn("Send the access token as `Authorization: Bearer <token>`")
    if method in SAFE_METHODS and (cookie := cookies.get(COOKIE)):
        return cookie
    raise NotSignedIn("This needs an access token: send it as `Authorization: Bearer <token>`")
