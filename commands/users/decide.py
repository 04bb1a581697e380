"""What is decided about people: invited, let do more or less, let in or not, signed out, forgotten."""

from datetime import timedelta
from typing import Final

from commands.engine.claim import Release, Take
from commands.engine.handler import Outcomes, Trigger
from commands.users.people import ADDRESS, People, Person, actor_of, administrators, living
from contracts.language.access import Permission, Role, is_allowed, may_grant
from contracts.language.errors import AlreadyExists, InvalidRequest, NotPermitted
from contracts.language.identity import PLATFORM, UserId
from contracts.language.sealed import Personal, person_key
from contracts.users import (
    DeactivateUser,
    EraseUser,
    InviteUser,
    InviteUserAgain,
    LinkMade,
    MailTried,
    ReactivateUser,
    RenameUser,
    SetUserRole,
    SignOutUser,
    TryMail,
    UserDeactivated,
    UserErased,
    UserErasureDue,
    UserInvited,
    UserReactivated,
    UserRenamed,
    UserRoleSet,
    UserSignedOut,
)

INVITATION_LIFE: Final = timedelta(days=7)
RESET_LIFE: Final = timedelta(minutes=30)
RESET_REST: Final = timedelta(minutes=15)
"""So long a link stays the newest when strangers ask for resets: they shall neither end it nor flood a mailbox."""


def _check_seal(sealed: Personal, user_id: UserId) -> None:
    if sealed.key != person_key(user_id):
        raise InvalidRequest("What is personal is not sealed with the key of this person. Send it again by the API.")


def _check_rank(trigger: Trigger, *roles: Role) -> None:
    """Refuse who holds less than what they give, or than whom they act on."""
    held = Role(trigger.role) if trigger.role else None
    for role in roles:
        if held is None or not may_grant(held, role):
            raise NotPermitted(f"You hold less than the role {role}: ask somebody who holds at least as much.")


def _check_own_or_administrator(trigger: Trigger, user_id: UserId, person: Person) -> None:
    if trigger.actor == actor_of(user_id):
        return
    if not trigger.role or not is_allowed(Role(trigger.role), Permission.USERS_WRITE):
        raise NotPermitted("This is somebody else: only they, or an administrator, may do that.")
    _check_rank(trigger, person.role)


def _check_somebody_stays(people: People, user_id: UserId) -> None:
    """The last administrator stays one: nobody could let anybody in again."""
    if administrators(people) == {user_id}:
        raise InvalidRequest(
            "This is the last administrator here. Make somebody else an administrator first, who has enrolled."
        )


def decide_invite(people: People, command: InviteUser, trigger: Trigger, *, is_mailed: bool = True) -> Outcomes:
    """The person, their address, and a link for them."""
    if command.user_id in people:
        raise AlreadyExists(f"The user {command.user_id} exists already. Invite somebody with a new id.")
    if (command.role is Role.SUPER_ADMIN) != (trigger.tenant_id == PLATFORM):
        raise InvalidRequest(
            "A super_admin belongs to no tenant, and everybody else to one: name it in the header Tod-Tenant."
        )
    _check_rank(trigger, command.role)
    _check_seal(command.email, command.user_id)
    _check_seal(command.person, command.user_id)
    return (
        Take(ADDRESS, command.email_digest),
        UserInvited(
            user_id=command.user_id,
            email=command.email,
            person=command.person,
            email_digest=command.email_digest,
            role=command.role,
            link=1,
            link_expires_at=trigger.at + INVITATION_LIFE,
            is_mailed=is_mailed,
        ),
    )


def decide_invite_again(people: People, command: InviteUserAgain, trigger: Trigger) -> Outcomes:
    """Another link; the earlier ones are good no longer."""
    person = living(people, command.user_id)
    _check_rank(trigger, person.role)
    return another_link(person, command.user_id, trigger)


def another_link(person: Person, user_id: UserId, trigger: Trigger, *, is_mailed: bool = True) -> Outcomes:
    """An invitation to who has not enrolled, a reset for who has."""
    if not person.is_active:
        raise InvalidRequest("This person is deactivated. Reactivate them first.")
    is_reset = person.lock is not None
    expires_at = trigger.at + (RESET_LIFE if is_reset else INVITATION_LIFE)
    made = LinkMade(
        user_id=user_id,
        link=person.link + 1,
        link_expires_at=expires_at,
        is_reset=is_reset,
        is_mailed=is_mailed,
    )
    return (made,)


def decide_try_mail(people: People, command: TryMail, trigger: Trigger) -> Outcomes:
    """A letter without a link."""
    person = living(people, command.user_id)
    _check_rank(trigger, person.role)
    return (MailTried(user_id=command.user_id),)


def decide_reset(person: Person, user_id: UserId, trigger: Trigger) -> Outcomes:
    """A link for who forgot what they sign in with, asked for by whoever says so: anybody can.

    Who has not enrolled has nothing to reset: their invitation stays good, and another is an administrator's to send.
    """
    if not person.is_active or person.lock is None:
        return ()
    if person.is_letter_out and person.link_expires_at is not None:
        made_at = person.link_expires_at - RESET_LIFE
        if trigger.at < made_at + RESET_REST:
            return ()
    return another_link(person, user_id, trigger)


def decide_set_role(people: People, command: SetUserRole, trigger: Trigger) -> Outcomes:
    """The new role; what was signed in with the old one ends."""
    person = living(people, command.user_id)
    if person.role is command.role:
        return ()
    if Role.SUPER_ADMIN in {person.role, command.role}:
        raise InvalidRequest("A super_admin belongs to no tenant: invite a person as one, under another address.")
    _check_rank(trigger, person.role, command.role)
    _check_somebody_stays(people, command.user_id)
    return (UserRoleSet(user_id=command.user_id, role=command.role, previous_role=person.role, epoch=person.epoch + 1),)


def decide_rename(people: People, command: RenameUser, trigger: Trigger) -> Outcomes:
    """The new name. It is sealed and cannot be compared, so it always counts as another."""
    person = living(people, command.user_id)
    _check_own_or_administrator(trigger, command.user_id, person)
    _check_seal(command.person, command.user_id)
    return (UserRenamed(user_id=command.user_id, person=command.person),)


def decide_deactivate(people: People, command: DeactivateUser, trigger: Trigger) -> Outcomes:
    """Nobody to let in any more."""
    person = living(people, command.user_id)
    _check_rank(trigger, person.role)
    if not person.is_active:
        return ()
    _check_somebody_stays(people, command.user_id)
    return (UserDeactivated(user_id=command.user_id, epoch=person.epoch + 1),)


def decide_reactivate(people: People, command: ReactivateUser, trigger: Trigger) -> Outcomes:
    """Somebody to let in again."""
    person = living(people, command.user_id)
    _check_rank(trigger, person.role)
    if person.is_active:
        return ()
    return (UserReactivated(user_id=command.user_id, has_enrolled=person.lock is not None),)


def decide_sign_out(people: People, command: SignOutUser, trigger: Trigger) -> Outcomes:
    """All their sessions end."""
    person = living(people, command.user_id)
    _check_own_or_administrator(trigger, command.user_id, person)
    return (UserSignedOut(user_id=command.user_id, epoch=person.epoch + 1),)


def decide_erase(people: People, command: EraseUser, trigger: Trigger) -> Outcomes:
    """Forgotten; their address is free again. Their key is destroyed by the process that follows."""
    person = living(people, command.user_id)
    _check_own_or_administrator(trigger, command.user_id, person)
    _check_somebody_stays(people, command.user_id)
    return _forgotten(person, command.user_id)


def decide_erasure_due(people: People, timer: UserErasureDue, _trigger: Trigger) -> Outcomes:
    """Forgotten with their tenant, the last administrator too: nobody is left to administer."""
    person = people.get(timer.user_id)
    return () if person is None or person.is_erased else _forgotten(person, timer.user_id)


def _forgotten(person: Person, user_id: UserId) -> Outcomes:
    return (Release(ADDRESS, person.email_digest), UserErased(user_id=user_id, epoch=person.epoch + 1))
