"""`GET /projects` with fifty rows, against a plain ModelSerializer list of fifty."""

from benchmarks.catalogue import Effort
from benchmarks.floor.ground import floor_server, prepare
from benchmarks.get_project import BARE, STARTPROJECT, STUDIO, figures
from benchmarks.ground import make_ground, sign_in
from benchmarks.load import request_text
from benchmarks.processes import web_server
from benchmarks.report import show
from benchmarks.side_by_side import Side, measure

PROJECTS = 60  # more than a page, so that the page has a successor


def run(effort: Effort) -> None:
    """Measure and print."""
    ground = make_ground(PROJECTS)
    prepare(ground.rows())
    floor_request = request_text("GET", "/projects", {"Host": "localhost"})
    with (
        web_server("web", path="/health") as (web, web_port),
        floor_server(BARE) as (bare, bare_port),
        floor_server(STARTPROJECT) as (usual, usual_port),
    ):
        request = request_text("GET", "/api/v1/projects", sign_in(web_port))
        found = measure(
            {
                STUDIO: Side(web, "novellaforge-web", web_port, request),
                BARE: Side(bare, "floor", bare_port, floor_request),
                STARTPROJECT: Side(usual, "floor", usual_port, floor_request),
            },
            rounds=effort.rounds,
            requests=max(1, effort.requests // 4),
        )
    show(
        "GET /projects, 50 rows",
        figures(found, cpu_goal=1.0, statements_goal=4),
        "The floor lists the same fifty rows through a ModelSerializer in one SELECT; it knows no roles, no abilities "
        "and no cursor.",
    )
