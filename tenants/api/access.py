"""The default permission of every view: signed in, and inside an organisation where the view needs one."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from config.kernel.errors import AuthenticationFailed
from tenants.exceptions import TenantRequired


class SignedInHere(BasePermission):
    """Refuses strangers with 401, and 409 where no organisation was named."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or the product's own error.

        Raises:
            AuthenticationFailed: nobody is signed in.
            TenantRequired: the call needs an organisation and none was named.
        """
        http = request._request  # noqa: SLF001
        if not request.user.is_authenticated or getattr(http, "actor", None) is None:
            raise AuthenticationFailed
        if getattr(view, "tenant_required", True) and http.tenant is None:  # type: ignore[attr-defined]
            raise TenantRequired
        return True
