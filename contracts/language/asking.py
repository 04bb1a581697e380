"""How a question's answer, or its refusal, comes back from `commands` to the gateway."""

from typing import Any, Final

import msgspec

from contracts.language.errors import ContractBroken, TodError
from contracts.language.message import Question


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a question: the answer's JSON, or the code and the words of a refusal."""

    answer: msgspec.Raw = msgspec.Raw(b"null")
    code: str = ""
    message: str = ""


_SAID: Final = msgspec.json.Decoder(Said)


def answered(answer: msgspec.Struct) -> bytes:
    """The bytes of an answer."""
    return msgspec.json.encode(Said(answer=msgspec.Raw(msgspec.json.encode(answer))))


def refused(error: TodError) -> bytes:
    """The bytes of a refusal."""
    return msgspec.json.encode(Said(code=error.code, message=error.message))


def read(question: type[Question], data: bytes) -> Any:  # noqa: ANN401 - `question.answer`, or Said
    """The answer; or what was Said, when that is a refusal. Raises ContractBroken for what is neither."""
    try:
        said = _SAID.decode(data)
        return said if said.code else msgspec.json.decode(said.answer, type=question.answer)
    except msgspec.MsgspecError as error:
        raise ContractBroken(f"The answer to {question.name} cannot be read: {error}") from error
