from benchmarks.statements import statements_in

LOG = """\
2026-01-01 10:00:00.001 UTC [11] LOG:  statement: SET search_path = "org_1","public"
2026-01-01 10:00:00.002 UTC [12] LOG:  statement: SELECT 'of another process'
2026-01-01 10:00:00.003 UTC [11] LOG:  execute <unnamed>: SELECT 1
\tFROM a
2026-01-01 10:00:00.004 UTC [11] LOG:  execute _pg3_0: SELECT 2
2026-01-01 10:00:00.005 UTC [11] DETAIL:  Parameters: $1 = '7'
2026-01-01 10:00:00.006 UTC [11] ERROR:  relation "b" does not exist
"""


def test_statements_of_the_named_backends_are_counted_once_each() -> None:
    assert statements_in(LOG, {11}) == ['SET search_path = "org_1","public"', "SELECT 1", "SELECT 2"]
    assert statements_in(LOG, {13}) == []
