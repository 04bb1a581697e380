from uuid import UUID

from commands.engine.claim import Release, Take
from commands.engine.handler import MakeKey
from commands.tenants import TITLE
from commands.tests.given import FROM_PLATFORM, TENANT, TRIGGER, given
from contracts.language.errors import AlreadyExists, NotFound, NotPermitted
from contracts.language.identity import PLATFORM, TenantId
from contracts.tenants import CreateTenant, RenameTenant, TenantCreated, TenantRenamed

CREATE = CreateTenant(tenant_id=TENANT, title="Northwind")
CREATED = TenantCreated(tenant_id=TENANT, title="Northwind")


def test_a_tenant_is_created_with_its_key_and_its_name():
    given(trigger=FROM_PLATFORM).when(CREATE).then(MakeKey(f"tenant-{TENANT}"), Take(TITLE, "Northwind"), CREATED)


def test_a_tenant_is_created_once():
    given(CREATED, trigger=FROM_PLATFORM).when(CREATE).then_refused(AlreadyExists, "Northwind")


def test_a_tenant_is_renamed_and_its_old_name_is_free():
    rename = RenameTenant(tenant_id=TENANT, title="Southwind")
    given(CREATED, trigger=FROM_PLATFORM).when(rename).then(
        Take(TITLE, "Southwind"),
        Release(TITLE, "Northwind"),
        TenantRenamed(tenant_id=TENANT, title="Southwind", previous_title="Northwind"),
    )


def test_a_name_that_differs_in_case_only_stays_claimed():
    rename = RenameTenant(tenant_id=TENANT, title="NORTHWIND")
    given(CREATED, trigger=FROM_PLATFORM).when(rename).then(
        TenantRenamed(tenant_id=TENANT, title="NORTHWIND", previous_title="Northwind")
    )


def test_the_same_name_again_changes_nothing():
    given(CREATED, trigger=FROM_PLATFORM).when(RenameTenant(tenant_id=TENANT, title="Northwind")).then()


def test_a_tenant_that_is_not_there_cannot_be_renamed():
    unknown = TenantId(UUID(int=7))
    given(trigger=FROM_PLATFORM).when(RenameTenant(tenant_id=unknown, title="X")).then_refused(NotFound, str(unknown))


def test_a_tenant_decides_about_no_tenant_not_even_itself():
    given(trigger=TRIGGER).when(CREATE).then_refused(NotPermitted)
    given(CREATED, trigger=TRIGGER).when(RenameTenant(tenant_id=TENANT, title="X")).then_refused(NotPermitted)


def test_the_name_is_claimed_in_the_installation_and_not_in_the_tenant():
    assert TITLE.home(TENANT) == PLATFORM
