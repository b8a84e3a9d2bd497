"""What the history says."""

import pytest
from auditlog.models import LogEntry


@pytest.fixture
def history():
    """`history(instance)`: its entries, oldest first."""

    def entries(instance):
        return list(
            LogEntry.objects.filter(
                content_type__app_label=instance._meta.app_label,
                content_type__model=instance._meta.model_name,
                object_pk=str(instance.pk),
            ).order_by("id")
        )

    return entries
