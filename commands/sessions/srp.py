"""SRP-6a on the server's side, by srptools, with every number as wide as its group: our wire format.

RFC 5054 pads for k and u only, and srptools hashes the least bytes of a number everywhere else. A client that keeps
leading zeros then fails about one time in a hundred, and for about one user in 256 always. Here every number that is
hashed has its full width; the handbook's page on signing in says which bytes these are.
"""

import hashlib
from typing import Any, Final

import srptools
from srptools.exceptions import SRPException

from commands.users.lock import GROUPS, check_element
from contracts.language.errors import InvalidRequest

PRIVATE_BITS: Final = 256
"""Of the ephemeral numbers: twice the strength of the hash, and a third of the cost of full-width ones."""


class WideContext(srptools.SRPContext):
    """The context of one account, whose proofs hash numbers in full width and texts in their bytes."""

    def __init__(self, account: str, group: str) -> None:
        chosen = GROUPS[group]
        super().__init__(
            account,
            prime=chosen.prime,
            generator=chosen.generator,
            hash_func=hashlib.sha256,
            bits_random=PRIVATE_BITS,
        )

    def _digest(self, *parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    def get_common_session_key(self, premaster_secret: int) -> bytes:
        """K = H(PAD(S))."""
        return self._digest(self.pad(premaster_secret))

    def get_common_session_key_proof(
        self, *, session_key: bytes, salt: int | bytes, server_public: int, client_public: int
    ) -> bytes:
        """M1 = H((H(PAD(N)) xor H(g)) | H(I) | salt | PAD(A) | PAD(B) | K), with g as one byte."""
        if not isinstance(salt, bytes):
            raise InvalidRequest("A salt is bytes here.")
        prime, generator = self._digest(self.pad(self._prime)), self._digest(bytes([self._gen]))
        mixed = bytes(left ^ right for left, right in zip(prime, generator, strict=True))
        public = self.pad(client_public) + self.pad(server_public)
        return self._digest(mixed, self._digest(str(self._user).encode()), salt, public, session_key)

    def get_common_session_key_proof_hash(
        self, *, session_key: bytes, session_key_proof: bytes, client_public: int
    ) -> bytes:
        """M2 = H(PAD(A) | M1 | K)."""
        return self._digest(self.pad(client_public), session_key_proof, session_key)


def _session(account: str, group: str, verifier: str, private: str) -> Any:  # noqa: ANN401 - srptools' session
    return srptools.SRPServerSession(WideContext(account, group), password_verifier=verifier, private=private)


def server_public(group: str, verifier: str, private: str) -> str:
    """B, in hexadecimal as wide as the group. Takes some 10 ms: call it in a thread."""
    session = _session("", group, verifier, private)
    public: str = session.public
    return public.rjust(GROUPS[group].digits, "0")


def proved(
    *, account: str, group: str, salt: str, verifier: str, private: str, client_public: str, client_proof: str
) -> str | None:
    """M2 when the client's proof holds, None when it does not; everything in hexadecimal.

    Raises InvalidRequest for an A that is no number of the group or is 0 modulo it, before anything is computed. Takes
    some 30 ms: call it in a thread.
    """
    check_element(client_public, group, "The client's public number")
    session = _session(account, group, verifier, private)
    try:
        session.process(bytes.fromhex(client_public), bytes.fromhex(salt))
    except SRPException as error:
        raise InvalidRequest("The client's public number is not one of the group.") from error
    if not session.verify_proof(bytes.fromhex(client_proof)):
        return None
    server_proof: bytes = session.key_proof_hash_bin
    return server_proof.hex()
