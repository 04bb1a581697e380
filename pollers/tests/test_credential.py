from uuid import UUID, uuid4

import pytest

from contracts.devices import Credential
from contracts.language.errors import Unavailable
from contracts.language.identity import DeviceId, TenantId
from contracts.language.sealed import Sealed, sealing_context
from pollers.engine.credential import FRESH_SECONDS, OPENED_MAX, STALE_SECONDS_MAX, Credentials

TENANT = TenantId(UUID(int=7))
DEVICE = DeviceId(UUID(int=1))


class Opener:
    """Opens by turning text round; counts, and can be away."""

    def __init__(self):
        self.opened = []
        self.is_away = False

    async def open(self, sealed, context):
        if self.is_away:
            raise Unavailable("no key service")
        self.opened.append(context)
        return sealed.text[::-1]


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opener():
    return Opener()


@pytest.fixture
def credentials(opener, clock):
    return Credentials(opener, clock)


def sealed(text="terces"):
    return Credential(username="tod", password=Sealed("tenant-7", text))


async def test_a_password_is_opened_once_and_bound_to_its_device(credentials, opener):
    assert [await credentials.password(TENANT, DEVICE, sealed()) for _ in range(3)] == ["secret"] * 3
    assert opener.opened == [sealing_context(TENANT, DEVICE, "password")]


async def test_an_opened_password_is_opened_again_after_five_minutes(credentials, opener, clock):
    await credentials.password(TENANT, DEVICE, sealed())
    clock.now += FRESH_SECONDS
    await credentials.password(TENANT, DEVICE, sealed())
    assert len(opener.opened) == 2


async def test_another_ciphertext_is_another_password(credentials):
    await credentials.password(TENANT, DEVICE, sealed())
    assert await credentials.password(TENANT, DEVICE, sealed("wen")) == "new"


async def test_a_dropped_password_is_gone(credentials, opener):
    await credentials.password(TENANT, DEVICE, sealed())
    credentials.drop(DEVICE)
    opener.is_away = True
    with pytest.raises(Unavailable):
        await credentials.password(TENANT, DEVICE, sealed())


async def test_a_stale_password_serves_while_the_key_service_is_away_but_not_for_ever(credentials, opener, clock):
    await credentials.password(TENANT, DEVICE, sealed())
    opener.is_away = True
    clock.now += STALE_SECONDS_MAX
    assert await credentials.password(TENANT, DEVICE, sealed()) == "secret"
    clock.now += 1
    with pytest.raises(Unavailable):
        await credentials.password(TENANT, DEVICE, sealed())


async def test_a_rotated_password_is_never_served_stale(credentials, opener):
    await credentials.password(TENANT, DEVICE, sealed())
    opener.is_away = True
    with pytest.raises(Unavailable):
        await credentials.password(TENANT, DEVICE, sealed("wen"))


async def test_only_the_last_used_passwords_are_kept(credentials, opener):
    first, *others = [DeviceId(uuid4()) for _ in range(OPENED_MAX + 5)]
    await credentials.password(TENANT, first, sealed())
    for other in others:
        await credentials.password(TENANT, other, sealed())
        await credentials.password(TENANT, first, sealed())
    assert len(credentials) == OPENED_MAX
    assert len(opener.opened) == 1 + len(others)


async def test_no_password_shows_in_what_is_printed(credentials):
    await credentials.password(TENANT, DEVICE, sealed())
    assert "secret" not in repr(credentials._opened)
