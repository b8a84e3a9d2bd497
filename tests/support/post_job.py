"""Start a job through the API in a process of its own: `python -m tests.support.post_job TENANT USER PROJECT`.

Prints the answer's status, the job's id and the milliseconds that the request took, as JSON.
"""

import json
import sys
import time
from uuid import UUID

import django


def main() -> None:
    """Post once."""
    django.setup()
    from tenants.models import Tenant, User  # noqa: PLC0415  (the registry is ready now)
    from tests.ground.clients import signed_in  # noqa: PLC0415

    tenant, user = Tenant.objects.get(slug=sys.argv[1]), User.objects.get(pk=UUID(sys.argv[2]))
    client = signed_in(user, tenant)
    started = time.perf_counter()
    answer = client.post(
        "/api/v1/writing/generate-chapter", {"project": sys.argv[3]}, format="json", HTTP_IDEMPOTENCY_KEY="once"
    )
    milliseconds = (time.perf_counter() - started) * 1000
    found = {"status": answer.status_code, "answer": answer.json(), "milliseconds": milliseconds}
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
