"""Where apps live is checked before anything runs."""

from config.kernel.checks import IN_BOTH, check_placement


def test_our_placement_is_right(settings):
    assert check_placement(None) == []
    assert set(settings.SHARED_APPS) & set(settings.TENANT_APPS) == IN_BOTH


def test_app_in_both_lists_is_an_error(settings):
    settings.SHARED_APPS = [*settings.SHARED_APPS, "projects"]
    (error,) = check_placement(None)
    assert error.id == "studio.E001"
    assert "projects" in error.msg
