"""Generated files say what the code says."""

import msgspec
import pytest

from ops import settings
from ops.checks import generate, settings_page


def test_generated_files_are_fresh():
    assert generate.stale() == [], "run `python -m ops.checks.generate`"


@pytest.mark.parametrize("kind", settings_page.PROCESSES)
def test_every_setting_says_what_it_is(kind):
    assert [field.name for field in settings_page.fields_of(kind) if not settings_page.told_of(field)[1]] == []


def test_no_process_is_left_out_of_the_settings_page():
    kinds = {kind for kind in vars(settings).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}
    shared = {settings.ProcessSettings, settings.OpenBaoSettings}
    assert kinds - shared == set(settings_page.PROCESSES)
