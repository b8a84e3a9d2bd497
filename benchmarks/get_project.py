"""`GET /projects/{id}`, signed in, with abilities, JSON logs and metrics on, against a bare DRF view."""

from benchmarks.catalogue import Effort
from benchmarks.floor.ground import floor_server, prepare
from benchmarks.ground import make_ground, project_path, sign_in
from benchmarks.load import request_text
from benchmarks.processes import web_server
from benchmarks.report import Figure, Goal, median_figure, show
from benchmarks.side_by_side import Measured, Side, measure, ratios

PROJECTS = 60
STUDIO, BARE, STARTPROJECT = "studio", "bare", "startproject"


def run(effort: Effort) -> None:
    """Measure and print."""
    ground = make_ground(PROJECTS)
    prepare(ground.rows())
    project_id = ground.projects[0].pk
    floor_request = request_text("GET", f"/projects/{project_id}", {"Host": "localhost"})
    with (
        web_server("web", path="/health") as (web, web_port),
        floor_server(BARE) as (bare, bare_port),
        floor_server(STARTPROJECT) as (usual, usual_port),
    ):
        request = request_text("GET", project_path(project_id), sign_in(web_port))
        found = measure(
            {
                STUDIO: Side(web, "novellaforge-web", web_port, request),
                BARE: Side(bare, "floor", bare_port, floor_request),
                STARTPROJECT: Side(usual, "floor", usual_port, floor_request),
            },
            rounds=effort.rounds,
            requests=effort.requests,
        )
    show(
        "GET /projects/{id}",
        figures(found),
        "CPU is user and system time of the web server's processes for each request, at 8 clients. `bare` is a DRF "
        "view without any middleware or authentication, `startproject` has Django's and DRF's defaults; same table, "
        "server, threads and pool. The goal is set against `bare`.",
    )


def figures(found: dict[str, Measured], *, cpu_goal: float = 1.2, statements_goal: float = 2) -> list[Figure]:
    """The table of one request against the two floors."""
    studio, bare, usual = found[STUDIO], found[BARE], found[STARTPROJECT]
    tails = ratios(studio.rounds_p99_ms, studio.rounds_p50_ms)
    return [
        median_figure("CPU against bare", ratios(studio.web_us, bare.web_us), "x", Goal(cpu_goal)),
        median_figure("CPU against startproject", ratios(studio.web_us, usual.web_us), "x"),
        median_figure("CPU with the servers behind, against bare", ratios(studio.total_us, bare.total_us), "x"),
        *(median_figure(f"CPU, {name}", measured.web_us, "us") for name, measured in found.items()),
        median_figure("CPU of PostgreSQL, studio", studio.servers_us["PostgreSQL"], "us"),
        median_figure("CPU of PostgreSQL, bare", bare.servers_us["PostgreSQL"], "us"),
        median_figure("CPU of Valkey, studio", studio.servers_us["Valkey"], "us"),
        Figure("SQL statements", studio.statements_per_request, goal=Goal(statements_goal)),
        median_figure("p50", studio.rounds_p50_ms, "ms"),
        median_figure("p99 / p50", tails, "x", Goal(3)),
        median_figure("p99 / p50, bare", ratios(bare.rounds_p99_ms, bare.rounds_p50_ms), "x"),
    ]
