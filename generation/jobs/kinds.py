"""What kinds of jobs there are: one class each, registered when the app is ready."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.utils.functional import Promise

from config.kernel.errors import NotFound
from generation.choices import Queue
from generation.jobs.inputs import JobInput
from generation.jobs.run import JobRun

if TYPE_CHECKING:
    from projects.models import Project

InputT = TypeVar("InputT", bound=JobInput)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will take, told beforehand.

    Tokens are whole calls together. `cost` is "0" where nothing is paid, and None where the price is not known. `rule`
    says in a sentence how the figures came about.
    """

    provider: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: str | None
    rule: str

    def as_json(self) -> dict[str, Any]:
        """The estimate as the API shows it."""
        return asdict(self)


class JobKind(ABC, Generic[InputT]):
    """A kind of job. Instances hold nothing; one serves all jobs of its kind."""

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    queue: ClassVar[Queue]
    writes: ClassVar[bool] = True
    is_workflow: ClassVar[bool] = False
    input_model: type[InputT]

    def check(self, project: "Project", data: InputT) -> None:
        """Raise an `AppError` when the job can't be done in this project as it stands."""

    @abstractmethod
    def estimate(self, project: "Project", data: InputT) -> Estimate:
        """What the job will take; reads, and writes nothing."""

    @abstractmethod
    def run(self, run: JobRun, project: "Project", data: InputT) -> dict[str, Any]:
        """Do the work in steps and return the result (ids, no texts). It may begin again at any step.

        Raises:
            JobInterrupted: passed on from `run`.
            AppError: the job said so; it fails with the error's code and sentence.
        """


_kinds: dict[str, JobKind[Any]] = {}


def register(kind: type[JobKind[Any]]) -> type[JobKind[Any]]:
    """Make a kind known under its name; a second one of the same name is a mistake in the code.

    Raises:
        ValueError: the name is taken by another class.
    """
    known = _kinds.get(kind.name)
    if known is not None and type(known) is not kind:
        raise ValueError(f"job kind {kind.name!r}: expected one class, found {type(known)!r} and {kind!r}")
    _kinds[kind.name] = kind()
    return kind


def kind_of(name: str) -> JobKind[Any]:
    """The kind of this name.

    Raises:
        NotFound: there is none.
    """
    if name not in _kinds:
        raise NotFound(details={"kind": name})
    return _kinds[name]


def kind_names() -> list[str]:
    """The names of all kinds, sorted."""
    return sorted(_kinds)


def workflow_names() -> list[str]:
    """The names of the kinds that are whole workflows, sorted."""
    return sorted(name for name, kind in _kinds.items() if kind.is_workflow)
