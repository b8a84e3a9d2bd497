"""A signed-in GET with every guard on, against a bare DRF view, and against itself without its rate limits."""

from statistics import median

from benchmarks.catalogue import Effort
from benchmarks.floor.ground import floor_server, prepare
from benchmarks.ground import make_ground, project_path, sign_in
from benchmarks.load import request_text
from benchmarks.processes import web_server
from benchmarks.report import Figure, Goal, median_figure, show
from benchmarks.side_by_side import Measured, Side, measure, ratios

PROJECTS = 60
GUARDED, UNLIMITED, FLAGS, BARE = "guarded", "without limits", "guarded, all flags", "bare"


def run(effort: Effort) -> None:
    """Measure and print."""
    ground = make_ground(PROJECTS)
    prepare(ground.rows())
    project_id = ground.projects[0].pk
    floor_request = request_text("GET", f"/projects/{project_id}", {"Host": "localhost"})
    with (
        web_server("web", path="/health") as (web, web_port),
        web_server("web-unlimited", path="/health", variables={"RATE_LIMIT_BACKEND": "off"}) as (open_web, open_port),
        floor_server(BARE) as (bare, bare_port),
    ):
        headers = sign_in(web_port)
        request = request_text("GET", project_path(project_id), headers)
        found = measure(
            {
                GUARDED: Side(web, "novellaforge-web", web_port, request),
                UNLIMITED: Side(open_web, "novellaforge-web", open_port, request),
                FLAGS: Side(web, "novellaforge-web", web_port, request_text("GET", "/api/v1/flags", headers)),
                BARE: Side(bare, "floor", bare_port, floor_request),
            },
            rounds=effort.rounds,
            requests=effort.requests,
        )
    show(
        "Signed-in GET with every guard on",
        figures(found),
        "`guarded` is `GET /projects/{id}` with token, session and membership checked, three limits counted in one "
        "call to Valkey, the audit context, JSON logs and metrics; `all flags` is `GET /flags`, which evaluates every "
        "flag for the person under the same guards; `bare` is a DRF view with none of it.",
    )


def figures(found: dict[str, Measured]) -> list[Figure]:
    """The guarded request against the floor, and what the limits are of it."""
    bare = found[BARE]
    return [
        median_figure("CPU of guarded against bare", ratios(found[GUARDED].web_us, bare.web_us), "x", Goal(1.3)),
        median_figure("CPU of all flags against bare", ratios(found[FLAGS].web_us, bare.web_us), "x", Goal(1.3)),
        median_figure("CPU of guarded against without limits", ratios(found[GUARDED].web_us, found[UNLIMITED].web_us)),
        *(median_figure(f"CPU, {name}", measured.web_us, "us") for name, measured in found.items()),
        Figure("p50, guarded", median(found[GUARDED].rounds_p50_ms), "ms"),
        Figure("p50, without limits", median(found[UNLIMITED].rounds_p50_ms), "ms"),
    ]
