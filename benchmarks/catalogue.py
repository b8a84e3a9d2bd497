"""The benchmarks by name. Each module is imported when it runs: most need settings, and servers before them."""

from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    rounds: int
    requests: int


@dataclass(frozen=True)
class Benchmark:
    """One line of the catalogue; `benchmarks.<name>` has a function `run(effort)` that prints its table."""

    name: str
    summary: str
    beside_servers: bool = True  # False: it starts a whole studio itself

    def run(self, effort: Effort) -> None:
        """Measure and print."""
        import_module(f"benchmarks.{self.name}").run(effort)


CATALOGUE = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark("get_project", "GET /projects/{id} against a bare DRF view: CPU, statements, tail"),
        Benchmark("guarded_get", "a signed-in GET with session check, limits, flags and audit context, against bare"),
        Benchmark("list_projects", "GET /projects with 50 rows against a plain ModelSerializer list"),
        Benchmark("post_generate_chapter", "POST /writing/generate-chapter while the worker works; time to progress"),
        Benchmark("create_organisation", "a new organisation against migrating one from zero; its size"),
        Benchmark("migrate_organisations", "migrating 200 organisations with nothing to do"),
        Benchmark("memory", "resident memory of every process of the embedded studio", beside_servers=False),
    )
}
