"""People: who may be invited by whom, who stays, and what follows. The rules between people hold under any history."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from commands.engine.actions import EXPECTED_SEQUENCE
from commands.engine.claim import Release, Take
from commands.engine.handler import DestroyKey, Post, Revoke, Trigger, Wake
from commands.tests.given import FROM_PLATFORM, NOON, TENANT, TRIGGER, decide, fold
from commands.tests.house import PUBLIC_URL, House, eventually
from commands.users.decide import RESET_LIFE, RESET_REST, decide_reset
from commands.users.letters import erased_wishes, next_wishes
from commands.users.minting import mint_invitation
from commands.users.people import PEOPLE, administrators
from contracts.language.access import MATRIX, Role
from contracts.language.errors import InvalidRequest, NotPermitted, Refusal
from contracts.language.identity import PLATFORM, UserId
from contracts.language.message import Command, Event
from contracts.language.sealed import Personal, Sealed, person_key
from contracts.tenants import TenantErased
from contracts.users import (
    DeactivateUser,
    EraseUser,
    InviteUser,
    LinkMade,
    MailFailed,
    ReactivateUser,
    SetUserRole,
    SignOutUser,
    TryMail,
    UserDeactivated,
    UserEnrolled,
    UserErased,
    UserErasureDue,
    UserInvited,
    UserRevoked,
)
from contracts.users.shapes import Lock

IDS = [UserId(UUID(int=number + 1)) for number in range(4)]
LOCK = Lock(group="rfc5054-4096", salt="ab" * 32, iterations=650_000, verifier=Sealed(person_key(IDS[0]), "vault:v1:x"))


def personal(user_id: UserId) -> Personal:
    return Personal(person_key(user_id), "vault:v1:x")


def invite(user_id: UserId, role: Role) -> InviteUser:
    text = personal(user_id)
    return InviteUser(user_id=user_id, email=text, person=text, role=role, email_digest=f"digest of {user_id}")


def invited(user_id: UserId, role: Role = Role.TENANT_ADMIN) -> UserInvited:
    text = personal(user_id)
    return UserInvited(
        user_id=user_id,
        email=text,
        person=text,
        email_digest=f"digest of {user_id}",
        role=role,
        link=1,
        link_expires_at=NOON + timedelta(days=7),
    )


def enrolled(user_id: UserId) -> UserEnrolled:
    return UserEnrolled(user_id=user_id, lock=LOCK, epoch=1)


def by(role: Role, user_id: UserId | None = None, *, tenant: UUID = TENANT) -> Trigger:
    return msgspec.structs.replace(TRIGGER, role=role.value, actor=f"user:{user_id or uuid4()}", tenant_id=tenant)


@pytest.mark.parametrize("given_role", [role for role in Role if role is not Role.SUPER_ADMIN])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_grants_more_than_they_hold(role: Role, given_role: Role):
    if MATRIX[given_role] <= MATRIX[role]:
        took, fact = decide(invite(IDS[0], given_role), [], by(role))
        assert isinstance(took, Take)
        assert isinstance(fact, UserInvited)
        assert fact.role is given_role
    else:
        with pytest.raises(NotPermitted):
            decide(invite(IDS[0], given_role), [], by(role))


def test_a_super_admin_belongs_to_no_tenant_and_everybody_else_to_one():
    with pytest.raises(InvalidRequest):
        decide(invite(IDS[0], Role.SUPER_ADMIN), [], by(Role.SUPER_ADMIN))
    with pytest.raises(InvalidRequest):
        decide(invite(IDS[0], Role.VIEWER), [], by(Role.SUPER_ADMIN, tenant=PLATFORM))
    assert decide(invite(IDS[0], Role.SUPER_ADMIN), [], by(Role.SUPER_ADMIN, tenant=PLATFORM))


def test_who_asks_without_a_role_grants_nothing():
    with pytest.raises(NotPermitted):
        decide(invite(IDS[0], Role.VIEWER), [], TRIGGER)
    assert not FROM_PLATFORM.role


def test_what_is_sealed_with_another_persons_key_is_refused():
    with pytest.raises(InvalidRequest):
        decide(msgspec.structs.replace(invite(IDS[0], Role.VIEWER), email=personal(IDS[1])), [], by(Role.TENANT_ADMIN))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
@pytest.mark.parametrize("command", [SignOutUser(user_id=IDS[0]), EraseUser(user_id=IDS[0])])
def test_of_somebody_else_only_an_administrator_may_end_anything(command: Command, role: Role):
    facts = [invited(IDS[0], Role.VIEWER), enrolled(IDS[0])]
    with pytest.raises(NotPermitted):
        decide(command, facts, by(role, IDS[1]))
    assert decide(command, facts, by(role, IDS[0]))
    assert decide(command, facts, by(Role.TENANT_ADMIN, IDS[1]))


def test_an_administrator_of_a_tenant_cannot_touch_who_holds_more():
    facts = [invited(IDS[0], Role.SUPER_ADMIN), enrolled(IDS[0])]
    with pytest.raises(NotPermitted):
        decide(DeactivateUser(user_id=IDS[0]), facts, by(Role.TENANT_ADMIN))


people = st.sampled_from(IDS)
roles = st.sampled_from([Role.TENANT_ADMIN, Role.OPERATOR, Role.VIEWER])
steps = st.one_of(
    st.builds(invite, people, roles),
    st.builds(enrolled, people),
    st.builds(lambda user_id: DeactivateUser(user_id=user_id), people),
    st.builds(lambda user_id: ReactivateUser(user_id=user_id), people),
    st.builds(lambda user_id: EraseUser(user_id=user_id), people),
    st.builds(lambda user_id, role: SetUserRole(user_id=user_id, role=role), people, roles),
)


@settings(max_examples=300)
@drawn(st.lists(steps, max_size=40))
def test_once_there_is_an_administrator_there_is_always_one(wanted: list[Command | UserEnrolled]):
    facts: list[Event] = []
    had_one = False
    for step in wanted:
        known = fold(PEOPLE, facts)
        if isinstance(step, UserEnrolled):
            if step.user_id in known and known[step.user_id].is_active and known[step.user_id].lock is None:
                facts.append(step)
        else:
            try:
                outcomes = decide(step, facts, by(Role.SUPER_ADMIN))
            except Refusal:
                outcomes = ()
            facts += [outcome for outcome in outcomes if isinstance(outcome, Event)]
        had_one = had_one or bool(administrators(fold(PEOPLE, facts)))
        assert not had_one or administrators(fold(PEOPLE, facts))


def test_what_follows_an_erasure_is_that_the_key_goes_and_the_sessions_end():
    facts = [invited(IDS[0]), enrolled(IDS[0]), UserErased(user_id=IDS[0], epoch=2)]
    wishes = next_wishes(fold(PEOPLE, facts), facts[-1], TRIGGER)
    assert wishes == (Revoke(UserRevoked(user_id=IDS[0], epoch=2)), DestroyKey(person_key(IDS[0])))


def test_a_letter_is_only_written_with_the_newest_link():
    again = LinkMade(user_id=IDS[0], link=2, link_expires_at=NOON + timedelta(days=7))
    known = fold(PEOPLE, [invited(IDS[0]), again])
    assert next_wishes(known, invited(IDS[0]), TRIGGER) == ()
    (wish,) = next_wishes(known, again, TRIGGER)
    assert isinstance(wish, Post)


def test_who_has_enrolled_meanwhile_gets_no_letter():
    facts = [invited(IDS[0]), enrolled(IDS[0])]
    assert next_wishes(fold(PEOPLE, facts), facts[0], TRIGGER) == ()


def test_with_their_tenant_people_are_forgotten_and_their_addresses_free_the_last_administrator_too():
    facts: list[Event] = [invited(IDS[0]), enrolled(IDS[0]), invited(IDS[1]), UserErased(user_id=IDS[1], epoch=1)]
    key, timer = erased_wishes(fold(PEOPLE, facts), TenantErased(tenant_id=TENANT), TRIGGER)
    assert key == DestroyKey(person_key(IDS[0]))
    assert timer == Wake(UserErasureDue(user_id=IDS[0]), NOON)
    released, erased = decide(timer.timer, facts)
    assert isinstance(released, Release)
    assert released.value == f"digest of {IDS[0]}"
    assert erased == UserErased(user_id=IDS[0], epoch=2)
    assert decide(timer.timer, [*facts, erased]) == ()


def test_a_trial_letter_is_an_administrators_to_send_and_not_to_who_is_erased():
    facts: list[Event] = [invited(IDS[0], Role.VIEWER)]
    with pytest.raises(NotPermitted):
        decide(TryMail(user_id=IDS[0]), facts, TRIGGER)
    (tried,) = decide(TryMail(user_id=IDS[0]), facts, by(Role.TENANT_ADMIN))
    (wish,) = next_wishes(fold(PEOPLE, facts), tried, TRIGGER)
    assert isinstance(wish, Post)
    assert next_wishes(fold(PEOPLE, [*facts, UserErased(user_id=IDS[0], epoch=1)]), tried, TRIGGER) == ()


def reset_asked(facts: list[Event], *, after: timedelta = timedelta()) -> list[Event]:
    """What a stranger's question about the first of us leads to, so long after noon."""
    trigger = msgspec.structs.replace(TRIGGER, at=NOON + after)
    return [fact for fact in decide_reset(fold(PEOPLE, facts)[IDS[0]], IDS[0], trigger) if isinstance(fact, Event)]


def test_who_was_invited_keeps_the_invitation_whatever_strangers_ask():
    assert reset_asked([invited(IDS[0])]) == []
    assert reset_asked([invited(IDS[0])], after=timedelta(days=8)) == []


def test_who_is_let_in_no_longer_gets_no_reset():
    assert reset_asked([invited(IDS[0]), enrolled(IDS[0]), UserDeactivated(user_id=IDS[0], epoch=2)]) == []
    assert reset_asked([invited(IDS[0]), enrolled(IDS[0]), UserErased(user_id=IDS[0], epoch=2)]) == []


def test_a_reset_is_mailed_once_in_a_while_however_often_it_is_asked_for():
    facts = [invited(IDS[0]), enrolled(IDS[0])]
    (made,) = reset_asked(facts)
    assert made == LinkMade(user_id=IDS[0], link=2, link_expires_at=NOON + RESET_LIFE, is_reset=True)
    facts.append(made)
    assert reset_asked(facts, after=RESET_REST - timedelta(seconds=1)) == []
    (later,) = reset_asked(facts, after=RESET_REST)
    assert isinstance(later, LinkMade)
    assert later.link == 3


def test_a_reset_whose_letter_failed_may_be_asked_for_again_at_once():
    facts = [invited(IDS[0]), enrolled(IDS[0])]
    facts += reset_asked(facts)
    facts.append(MailFailed(user_id=IDS[0], link=1, message="of another letter"))
    assert reset_asked(facts) == []
    facts.append(MailFailed(user_id=IDS[0], link=2, message="no such mailbox"))
    assert reset_asked(facts)


async def test_two_administrators_who_let_each_other_go_at_once_are_not_both_gone(house: House):
    first, second = UserId(uuid4()), UserId(uuid4())
    async with house.running(copies=2):
        for user_id in (first, second):
            assert not (await asked(house, invite(user_id, Role.TENANT_ADMIN))).code
            await house.publish(enrolled(user_id), user="commands")
        answers = await asyncio.gather(
            asked(house, DeactivateUser(user_id=first)), asked(house, DeactivateUser(user_id=second))
        )
    assert sorted(bool(answer.code) for answer in answers) == [False, True]


async def asked(house: House, command: Command):
    return await house.ask(command, {"tod-role": Role.TENANT_ADMIN.value})


async def test_what_is_said_of_others_does_not_make_somebody_stale(house: House):
    ada, grace = UserId(uuid4()), UserId(uuid4())
    async with house.running():
        seen = (await asked(house, invite(ada, Role.VIEWER))).sequence
        assert not (await asked(house, invite(grace, Role.VIEWER))).code
        headers = {"tod-role": Role.TENANT_ADMIN.value, EXPECTED_SEQUENCE: str(seen)}
        assert not (await house.ask(DeactivateUser(user_id=ada), headers)).code
        assert (await house.ask(ReactivateUser(user_id=ada), headers)).code == "state.stale"


async def test_at_the_command_line_who_was_invited_is_given_another_link_and_no_other_role(house: House):
    async def link(role: Role) -> str:
        return await mint_invitation(
            await house.bus("commands"),
            house.keys,
            email="Grace@example.net",
            name="Grace",
            role=role,
            tenant_id=house.tenant_id,
            public_url=PUBLIC_URL,
            action_id=uuid4(),
            actor="operator:test",
            at=datetime.now(UTC),
        )

    first = await link(Role.VIEWER)
    assert await link(Role.VIEWER) != first
    with pytest.raises(InvalidRequest, match="as viewer"):
        await link(Role.TENANT_ADMIN)
    (_invited, again) = await house.events("users")
    assert isinstance(again, LinkMade)
    assert not again.is_mailed


async def test_many_people_are_invited_at_once_and_all_are_there(house: House):
    ids = [UserId(uuid4()) for _ in range(12)]
    async with house.running():
        answers = await asyncio.gather(*(asked(house, invite(user_id, Role.VIEWER)) for user_id in ids))
        assert [answer.code for answer in answers] == [""] * len(ids)

        async def are_all_there() -> bool:
            return len([fact for fact in await house.events("users") if isinstance(fact, UserInvited)]) == len(ids)

        await eventually(are_all_there)


async def test_an_address_is_taken_in_the_whole_installation(house: House):
    one, other = UserId(uuid4()), UserId(uuid4())
    async with house.running():
        assert not (await asked(house, invite(one, Role.VIEWER))).code
        same = msgspec.structs.replace(invite(other, Role.VIEWER), email_digest=f"digest of {one}")
        assert (await asked(house, same)).code == "resource.taken"
