"""What a person may do with a job: it follows from their role on its project and from the job's state."""

from generation.choices import ACTIVE, RETRYABLE
from projects.choices import Ability
from projects.permissions import ALL, abilities_of_role


def job_abilities_shown(role: str | None, status: str) -> dict[str, bool]:
    """The abilities on a job in this state; role None is the system's and has all."""
    held = ALL if role is None else abilities_of_role(role)
    generate = Ability.GENERATE.value in held
    return {
        "view": Ability.VIEW.value in held,
        "cancel": generate and status in ACTIVE,
        "retry": generate and status in RETRYABLE,
    }
