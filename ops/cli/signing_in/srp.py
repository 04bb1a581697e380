"""SRP-6a on the client's side (RFC 5054), with every number as wide as its group and SHA-256: our wire format.

It shares nothing with the server's, so that the two prove each other.
"""

import hashlib
import hmac
import secrets
from typing import Final

import msgspec

from contracts.language.errors import InvalidRequest

PRIVATE_BITS: Final = 256

_PRIME_2048: Final = """
AC6BDB41 324A9A9B F166DE5E 1389582F AF72B665 1987EE07 FC319294 3DB56050 A37329CB B4A099ED 8193E075 7767A13D D52312AB
4B03310D CD7F48A9 DA04FD50 E8083969 EDB767B0 CF609517 9A163AB3 661A05FB D5FAAAE8 2918A996 2F0B93B8 55F97993 EC975EEA
A80D740A DBF4FF74 7359D041 D5C33EA7 1D281E44 6B14773B CA97B43A 23FB8016 76BD207A 436C6481 F1D2B907 8717461A 5B9D32E6
88F87748 544523B5 24B0D57D 5EA77A27 75D2ECFA 032CFBDB F52FB378 61602790 04E57AE6 AF874E73 03CE5329 9CCC041C 7BC308D8
2A5698F3 A8D0C382 71AE35F8 E9DBFBB6 94B5C803 D89F7AE4 35DE236D 525F5475 9B65E372 FCD68EF2 0FA7111F 9E4AFF73
"""
_PRIME_4096: Final = """
FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74 020BBEA6 3B139B22 514A0879 8E3404DD EF9519B3
CD3A431B 302B0A6D F25F1437 4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A637ED6B 0BFF5CB6 F406B7ED EE386BFB 5A899FA5
AE9F2411 7C4B1FE6 49286651 ECE45B3D C2007CB8 A163BF05 98DA4836 1C55D39A 69163FA8 FD24CF5F 83655D23 DCA3AD96 1C62F356
208552BB 9ED52907 7096966D 670C354E 4ABC9804 F1746C08 CA18217C 32905E46 2E36CE3B E39E772C 180E8603 9B2783A2 EC07A28F
B5C55DF0 6F4C52C9 DE2BCBF6 95581718 3995497C EA956AE5 15D22618 98FA0510 15728E5A 8AAAC42D AD33170D 04507A33 A85521AB
DF1CBA64 ECFB8504 58DBEF0A 8AEA7157 5D060C7D B3970F85 A6E1E4C7 ABF5AE8C DB0933D7 1E8C94E0 4A25619D CEE3D226 1AD2EE6B
F12FFA06 D98A0864 D8760273 3EC86A64 521F2B18 177B200C BBE11757 7A615D6C 770988C0 BAD946E2 08E24FA0 74E5AB31 43DB5BFC
E0FD108E 4B82D120 A9210801 1A723C12 A787E6D7 88719A10 BDBA5B26 99C32718 6AF4E23C 1A946834 B6150BDA 2583E9CA 2AD44CE8
DBBBC2DB 04DE8EF9 2E8EFC14 1FBECAA6 287C5947 4E6BC05D 99B2964F A090C3A2 233BA186 515BE7ED 1F612970 CEE2D7AF B81BDD76
2170481C D0069127 D5B05AA9 93B4EA98 8D8FDDC1 86FFB7DC 90A6C08F 4DF435C9 34063199 FFFFFFFF FFFFFFFF
"""


class Group(msgspec.Struct, frozen=True):
    """A safe prime `n` and its generator `g` (RFC 5054, appendix A); `width` bytes hold any of its numbers."""

    n: int
    g: int

    @property
    def width(self) -> int:
        """How many bytes the prime has."""
        return (self.n.bit_length() + 7) // 8

    def padded(self, number: int) -> bytes:
        """A number in full width, big-endian: PAD."""
        return number.to_bytes(self.width, "big")


GROUPS: Final = {
    "rfc5054-2048": Group(int("".join(_PRIME_2048.split()), 16), 2),
    "rfc5054-4096": Group(int("".join(_PRIME_4096.split()), 16), 5),
}
DEFAULT_GROUP: Final = "rfc5054-4096"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What the client sends (A and M1), and what the server must answer (M2); hexadecimal."""

    client_public: str
    client_proof: str
    server_proof: str

    def check(self, server_proof: str) -> None:
        """Raise InvalidRequest for a server that does not know our verifier."""
        if not hmac.compare_digest(server_proof, self.server_proof):
            raise InvalidRequest("The server does not prove that it knows you: it may be another one. Do not go on.")


def verifier(group: str, x: bytes) -> str:
    """V = PAD(g^x mod N), in hexadecimal: what the server keeps."""
    chosen = GROUPS[group]
    return chosen.padded(pow(chosen.g, int.from_bytes(x, "big"), chosen.n)).hex()


def prove(*, group: str, account: str, salt: bytes, x: bytes, server_public: str, private: int | None = None) -> Proof:
    """Prove to know x; `private` is `a`, random unless given.

    Raises InvalidRequest for a B that no honest server sends.
    """
    try:
        chosen = GROUPS[group]
    except KeyError:
        raise InvalidRequest(f"The server wants the group {group}, which is not known here.") from None
    n, g, exponent = chosen.n, chosen.g, int.from_bytes(x, "big")
    b_public = int(server_public, 16)
    if len(server_public) != 2 * chosen.width or not 0 < b_public < n:
        raise InvalidRequest("The server's public number is not one of the group.")
    a = secrets.randbits(PRIVATE_BITS) | 1 << (PRIVATE_BITS - 1) if private is None else private
    a_public = pow(g, a, n)
    k = _number(chosen.padded(n), chosen.padded(g))
    u = _number(chosen.padded(a_public), chosen.padded(b_public))
    if u == 0:
        raise InvalidRequest("The server's public number makes a proof that proves nothing.")
    secret = pow(b_public - k * pow(g, exponent, n), a + u * exponent, n)
    key = _hash(chosen.padded(secret))
    mixed = bytes(left ^ right for left, right in zip(_hash(chosen.padded(n)), _hash(bytes([g])), strict=True))
    both = chosen.padded(a_public) + chosen.padded(b_public)
    client_proof = _hash(mixed, _hash(account.encode()), salt, both, key)
    return Proof(
        client_public=chosen.padded(a_public).hex(),
        client_proof=client_proof.hex(),
        server_proof=_hash(chosen.padded(a_public), client_proof, key).hex(),
    )


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _number(*parts: bytes) -> int:
    return int.from_bytes(_hash(*parts), "big")
