"""What the benchmarks stand on: a migrated database, an organisation, a person who is signed in, projects."""

import http.client
import json
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection
from django_tenants.utils import tenant_context

from config.kernel.context import SYSTEM, Actor
from projects.services.projects import project_create
from tenants.models import Tenant, User
from tenants.services.organisations import organisation_create

SLUG = "benchmark"
EMAIL = "writer@benchmark.example"
PASSWORD = "a long enough passphrase"
HOST = "localhost"

# A brief of the size that people write: about 1 KB of JSON.
BRIEF: dict[str, Any] = {
    "premise": "A lighthouse keeper who has not spoken for eleven years finds a bottle with a letter in her own hand. "
    * 2,
    "goal": "A quiet novel that readers finish in one weekend",
    "audience": "Readers of literary fiction with a taste for riddles",
    "style": {"tense": "past", "person": "third", "tone": "sober, with dry humour"},
    "characters": [
        {"name": name, "role": role, "wants": "to be left alone, and not to be", "fears": "the answer"}
        for name, role in (("Ada", "keeper"), ("Bram", "postman"), ("Cleo", "sister"), ("Dov", "inspector"))
    ],
    "themes": ["silence", "guilt", "the sea"],
    "target_words_per_chapter": 1200,
}


@dataclass(frozen=True)
class Ground:
    """One organisation with one signed-in person who owns its projects."""

    tenant: Tenant
    user: User
    actor: Actor
    projects: list[Any] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """The projects as columns of the floor's table."""
        names = ("id", "kind", "title", "brief", "language", "status", "version", "created_by_id", "updated_by_id")
        return [{name: getattr(project, name) for name in names} for project in self.projects]


@cache
def migrate() -> None:
    """Bring the new database to the present state."""
    call_command("migrate_organisations", verbosity=0, stdout=StringIO())


def make_ground(projects: int) -> Ground:
    """The organisation, its admin, and so many projects of theirs; statistics are gathered as autovacuum would."""
    migrate()
    tenant = organisation_create(actor=SYSTEM, slug=SLUG, name="Benchmark", admin_email=EMAIL, admin_password=PASSWORD)
    user = User.objects.get(email=EMAIL)
    actor = Actor(user_id=user.pk, label=EMAIL, tenant_role="admin")
    with tenant_context(tenant):
        made = [
            project_create(actor=actor, kind="novel", title=f"The keeper, part {number}", brief=BRIEF)
            for number in range(projects)
        ]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Ground(tenant, user, actor, made)


def sign_in(port: int) -> dict[str, str]:
    """The headers of a request that is signed in by a bearer token on the platform's host."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"email": EMAIL, "password": PASSWORD, "tenant": SLUG})
    client.request("POST", "/api/v1/auth/token", body, {"Host": HOST, "Content-Type": "application/json"})
    answer = json.load(client.getresponse())
    client.close()
    if not answer["success"]:
        raise RuntimeError(f"expected to sign in, found {answer['error']}")
    return {"Host": HOST, "X-Tenant": SLUG, "Authorization": f"Bearer {answer['data']['access']}"}


def project_path(project_id: UUID) -> str:
    """The address of one project."""
    return f"/api/v1/projects/{project_id}"
