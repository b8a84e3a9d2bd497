"""A person. People are global; belonging to an organisation is a `Membership`."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from config.kernel.errors import Conflict

NEVER_DELETED = _("People are never deleted: deactivate them.")


class PeopleQuerySet(models.QuerySet["User"]):
    """People; their rows stay, because texts in every organisation point to them."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse.

        Raises:
            Conflict: always.
        """
        raise Conflict(NEVER_DELETED)


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail whatever its case."""

    def get_queryset(self) -> PeopleQuerySet:
        """People, who can't be deleted in bulk either."""
        return PeopleQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person of this e-mail.

        Raises:
            User.DoesNotExist: when nobody has it.
        """
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person with a hashed password, or one that can't sign in yet when there is none."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A platform operator: powerful on the platform host, nobody inside an organisation."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # guardian is untyped
    """A person, known by e-mail.

    `is_superuser` makes a platform operator and has no power inside an organisation; groups and user permissions
    exist because Django's admin asks for them and are never consulted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254)
    email_verified_at = models.DateTimeField(_("e-mail verified"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the platform's admin"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("email",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="tenants_user_email_is_unique",
                violation_error_message=_("A person with this e-mail exists."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse; `tenants.services.people.person_deactivate` closes an account.

        Raises:
            Conflict: always.
        """
        raise Conflict(NEVER_DELETED)

    def get_full_name(self) -> str:
        """The name, or the e-mail's local part where there is none."""
        return self.name or self.email.partition("@")[0]

    def get_short_name(self) -> str:
        """The same; names are not cut in two here."""
        return self.get_full_name()
