"""Organisations, people and how they sign in."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The app that knows who belongs where.

    It stands before `django.contrib.contenttypes` in INSTALLED_APPS, so that its receiver is called before Django's.
    """

    name = "tenants"
    verbose_name = "Organisations and people"

    def ready(self) -> None:
        """Connect the receivers."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
        from django.db.models.signals import post_migrate

        from audit.services.actions import register_actions
        from tenants.constants import ACCOUNT_ACTIONS
        from tenants.flags.declared import SELF_SIGNUP
        from tenants.flags.registry import register
        from tenants.models.quota import QuotaKind
        from tenants.receivers import number_content_types, record_failed_sign_in, record_sign_in, record_sign_out
        from tenants.selectors.quotas import measure_members, register_measure
        from tenants.services.flags import FLAG_CLEARED, FLAG_SET
        from tenants.services.quota_limits import QUOTA_SET

        register(SELF_SIGNUP)
        register_measure(QuotaKind.MEMBERS, measure_members)
        register_actions(QUOTA_SET)
        register_actions(FLAG_SET, FLAG_CLEARED)
        register_actions(*ACCOUNT_ACTIONS)
        user_logged_in.connect(record_sign_in, dispatch_uid="tenants.record_sign_in")
        user_logged_out.connect(record_sign_out, dispatch_uid="tenants.record_sign_out")
        user_login_failed.connect(record_failed_sign_in, dispatch_uid="tenants.record_failed_sign_in")
        post_migrate.connect(number_content_types, dispatch_uid="tenants.number_content_types")
