"""People as they are, and as they were: what stands, what came of their letters, and when they last signed in."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from contracts.language.access import Role
from contracts.language.identity import SessionId, UserId, repeatable_id
from contracts.language.message import Event
from contracts.language.sealed import Personal, Sealed, person_key
from contracts.sessions import SessionOpened
from contracts.users import (
    LinkMade,
    LockChanged,
    MailFailed,
    MailSent,
    MailTried,
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserInvited,
    UserReactivated,
    UserRoleSet,
    UserSignedOut,
)
from contracts.users.shapes import Lock
from ops.testing.telling import NOON, Telling

ADA, GRACE = UserId(repeatable_id("ada")), UserId(repeatable_id("grace"))
ONE = "/users/{user_id:uuid}"


def invited(user_id: UserId, role: Role = Role.OPERATOR) -> UserInvited:
    text = Personal(person_key(user_id), "vault:v1:x")
    return UserInvited(
        user_id=user_id,
        email=text,
        person=text,
        email_digest="d",
        role=role,
        link=1,
        link_expires_at=NOON + timedelta(days=7),
    )


def enrolled(user_id: UserId) -> UserEnrolled:
    lock = Lock(group="rfc5054-4096", salt="00", iterations=650_000, verifier=Sealed(person_key(user_id), "vault:v1:x"))
    return UserEnrolled(user_id=user_id, lock=lock, epoch=1)


def signed_in(user_id: UserId, session_id: UUID) -> SessionOpened:
    text = Personal(person_key(user_id), "vault:v1:x")
    return SessionOpened(
        session_id=SessionId(session_id),
        user_id=user_id,
        role=Role.OPERATOR,
        epoch=1,
        address=text,
        agent=text,
        expires_at=NOON + timedelta(days=7),
    )


async def test_a_person_goes_from_invited_to_erased_and_can_be_looked_at_as_of_any_time(read_side):
    told = Telling()
    moments = {}
    life: dict[str, list[Event]] = {
        "invited": [invited(ADA)],
        "active": [enrolled(ADA), signed_in(ADA, repeatable_id("first"))],
        "deactivated": [signed_in(ADA, repeatable_id("second")), UserDeactivated(user_id=ADA, epoch=2)],
        "erased": [UserErased(user_id=ADA, epoch=3)],
    }
    for state, facts in life.items():
        for fact in facts:
            told.say(fact)
        moments[state] = told.now
        told.wait(seconds=60)
    await read_side.take(told)
    now = await read_side.one(ONE, user_id=ADA)
    assert (now.state, now.link_expires_at, now.signed_in_at) == ("erased", None, moments["deactivated"])
    for state, moment in moments.items():
        words = {"as_of": (moment + timedelta(seconds=1)).isoformat()}
        then = await read_side.one(ONE, user_id=ADA, words=words)
        assert then.state == state
        assert [line.state for line in await read_side.rows("/users", words=words)] == [state]
        assert (then.signed_in_at or NOON) <= moment
    assert (await read_side.one(ONE, user_id=ADA, words={"as_of": moments["invited"].isoformat()})).signed_in_at is None


@pytest.mark.parametrize(("has_enrolled", "state"), [(True, "active"), (False, "invited")])
async def test_who_is_let_in_again_is_what_they_were(read_side, has_enrolled, state):
    told = Telling()
    told.say(invited(ADA))
    told.say(UserDeactivated(user_id=ADA, epoch=1))
    told.say(UserReactivated(user_id=ADA, has_enrolled=has_enrolled))
    await read_side.take(told)
    assert (await read_side.one(ONE, user_id=ADA)).state == state


async def test_what_came_of_the_newest_letter_is_shown(read_side):
    told, failed = Telling(), MailFailed(user_id=ADA, link=1, message="The mail server said 550 no such user.")
    seen = []
    for fact in (
        invited(ADA),
        failed,
        LinkMade(user_id=ADA, link=2, link_expires_at=NOON + timedelta(days=8)),
        MailSent(user_id=ADA, link=2),
        MailTried(user_id=ADA),
        msgspec.structs.replace(failed, link=0),
    ):
        told.say(fact)
        await read_side.take(told)
        line = await read_side.one(ONE, user_id=ADA)
        seen.append((line.mail, line.mail_message))
    gone = ("failed", failed.message)
    assert seen == [("", ""), gone, ("", ""), ("sent", ""), ("", ""), gone]


async def test_every_fact_about_a_person_moves_their_tag(read_side):
    told, lock = Telling(), enrolled(ADA).lock
    for fact in (
        invited(ADA),
        enrolled(ADA),
        LockChanged(user_id=ADA, lock=lock, epoch=2),
        UserSignedOut(user_id=ADA, epoch=3),
    ):
        sequence = told.say(fact).sequence
        await read_side.take(told)
        assert (await read_side.one(ONE, user_id=ADA)).sequence == sequence


async def test_people_are_found_by_role_and_state(read_side):
    told = Telling()
    told.say(invited(ADA, Role.TENANT_ADMIN))
    told.say(invited(GRACE, Role.VIEWER))
    told.say(enrolled(GRACE))
    told.say(UserRoleSet(user_id=GRACE, role=Role.OPERATOR, previous_role=Role.VIEWER, epoch=2))
    await read_side.take(told)

    async def found(**words: str) -> set[UUID]:
        return {line.user_id for line in await read_side.rows("/users", words=words)}

    assert await found() == {ADA, GRACE}
    assert await found(role="viewer") == set()
    assert await found(role="operator") == await found(state="active") == {GRACE}
    assert await found(state="invited") == {ADA}
