"""People and where they belong."""

from secrets import token_hex

from tenants.models import Membership, Tenant, User

PASSWORD = "correct horse battery staple"


def person(
    tenant: Tenant | None, *, role: str = "member", email: str | None = None, password: str | None = PASSWORD
) -> User:
    """Somebody who belongs to `tenant` (to none when it is None), with a password that may sign in."""
    user = User.objects.create_user(email or f"person-{token_hex(5)}@example.org", password)
    if tenant is not None:
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return user
