"""Whose records there are: the platform's and every organisation's."""

from django.db.models import Model, QuerySet
from django_tenants.utils import get_public_schema_name, get_tenant_model, schema_context

from config.kernel.errors import NotFound


def record_schemas() -> list[str]:
    """The schemas that hold a record, the platform's first."""
    public = get_public_schema_name()
    with schema_context(public):
        return [public, *_organisations().order_by("pk").values_list("schema_name", flat=True)]


def schema_of_slug(slug: str) -> str:
    """The schema of an organisation.

    Raises:
        NotFound: when there is none of this slug.
    """
    with schema_context(get_public_schema_name()):
        schema = _organisations().filter(slug=slug).values_list("schema_name", flat=True).first()
    if schema is None:
        raise NotFound(details={"tenant": slug})
    return str(schema)


def _organisations() -> QuerySet[Model]:
    model: type[Model] = get_tenant_model()
    return model._default_manager.all()
