"""The flags of this app."""

from django.utils.translation import gettext_lazy as _

from tenants.flags.registry import Flag

SELF_SIGNUP = Flag(
    name="self_signup",
    description=_("Anybody may sign up an organisation of their own."),
    default=False,
    owner="tenants",
)
