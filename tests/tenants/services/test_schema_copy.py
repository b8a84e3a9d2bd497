"""The copy of a schema is the schema: what PostgreSQL's own pg_dump says of both is equal."""

import re

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from tenants.constants import TEMPLATE_SCHEMA
from tenants.exceptions import SchemaNotCopied
from tenants.services.provisioning_dump import schema_as_sql
from tests.ground.pg_dump import dump_of

SEQUENCE_AT = re.compile(r"(?<=_id_seq', )(\d+)(?=, true)")

RICH = r"""
CREATE SCHEMA rich; SET LOCAL search_path = rich;
CREATE SEQUENCE free_seq AS smallint START 7 INCREMENT 3 MAXVALUE 99 CACHE 5 CYCLE;
CREATE TABLE "odd ""name"" %s" (id bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY,
  old serial, "Percent %" numeric(12, 3) DEFAULT 1.5, words text[] NOT NULL DEFAULT ARRAY['it''s', E'back\\slash'],
  doubled numeric GENERATED ALWAYS AS ("Percent %" * 2) STORED, bytes bytea, doc jsonb, at timestamptz DEFAULT now(),
  gone integer, plain text COMPRESSION pglz COLLATE "C");
ALTER TABLE "odd ""name"" %s" DROP COLUMN gone;
ALTER TABLE "odd ""name"" %s" ALTER COLUMN plain SET STORAGE EXTERNAL;
ALTER TABLE "odd ""name"" %s" RENAME TO odd;
CREATE TABLE child (a integer, b integer,
  odd_id bigint REFERENCES odd (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  person uuid REFERENCES public.tenants_user (id), UNIQUE (a, b), UNIQUE NULLS NOT DISTINCT (b),
  state varchar(9), CONSTRAINT known CHECK (state IN ('it''s', 'b') OR state NOT IN ('c', 'd') OR state IN ('e')),
  CONSTRAINT positive CHECK (a > 0), CONSTRAINT "no overlap" EXCLUDE (a WITH =) WHERE (b > 3 AND state IN ('a', 'b')));
ALTER TABLE child ADD CONSTRAINT later CHECK (b < 1000) NOT VALID;
ALTER TABLE child RENAME COLUMN a TO renamed;
ALTER TABLE child ALTER COLUMN renamed SET NOT NULL;
CREATE UNLOGGED TABLE quick (k integer PRIMARY KEY, v text) WITH (fillfactor = 70);
CREATE INDEX partial ON child (b DESC NULLS LAST) INCLUDE (person) WHERE odd_id IS NOT NULL;
CREATE INDEX expressed ON odd (lower(plain) text_pattern_ops, ((doc ->> 'x')));
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS
  $$ BEGIN RAISE EXCEPTION 'append only; %', TG_TABLE_NAME; END $$;
CREATE PROCEDURE nothing() LANGUAGE sql AS $$ SELECT 1; $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON child FOR EACH ROW WHEN (OLD.b > 1) EXECUTE FUNCTION refuse();
CREATE TRIGGER asleep AFTER INSERT ON odd EXECUTE FUNCTION refuse();
ALTER TABLE odd DISABLE TRIGGER asleep;
CREATE VIEW seen WITH (security_barrier) AS SELECT o.id, c.b FROM odd o JOIN child c ON c.odd_id = o.id;
COMMENT ON TABLE odd IS 'it''s; "odd"'; COMMENT ON COLUMN child.b IS E'line\nline';
COMMENT ON VIEW seen IS 'v'; COMMENT ON INDEX partial IS 'i'; COMMENT ON SEQUENCE free_seq IS 's';
INSERT INTO odd (bytes, doc, plain) VALUES
  ('\x00ff', '{"a": ["%s", null]}', E'tab\t;''"\\ \u00e9\nline'), (NULL, NULL, '');
INSERT INTO child VALUES (1, 1, 10, NULL), (2, NULL, NULL, NULL);
SELECT nextval('free_seq'), nextval('free_seq');
"""


def _copy(source: str, target: str) -> None:
    """Replay the text of `source` as `target`, committed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL search_path = {source}")
        text = schema_as_sql(cursor, source)
        cursor.execute(f"CREATE SCHEMA {target}; SET LOCAL search_path = {target}")
        cursor.execute(text)


def test_copy_of_a_schema_with_everything_is_identical(committing):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RICH)
    _copy("rich", "rich_copy")
    dump = dump_of("rich")
    assert "EXCLUDE" in dump
    assert "DISABLE TRIGGER" in dump
    assert dump_of("rich_copy") == dump


def test_copies_continue_their_own_sequences(committing):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RICH)
    _copy("rich", "rich_copy")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO rich_copy.odd DEFAULT VALUES RETURNING id, old")
        assert cursor.fetchone() == (20, 3)
        cursor.execute("INSERT INTO rich.odd DEFAULT VALUES RETURNING id, old")
        assert cursor.fetchone() == (20, 3)


def test_new_organisation_equals_the_template_rows_included(fresh_tenant):
    made, template = (SEQUENCE_AT.split(dump_of(name)) for name in (fresh_tenant().schema_name, TEMPLATE_SCHEMA))
    assert made[::2] == template[::2]
    # Where sequences stand: an insert that is rolled back moves the template's on after it was copied.
    assert all(int(mine) <= int(its) for mine, its in zip(made[1::2], template[1::2], strict=True))


def test_new_organisation_equals_one_that_was_migrated_from_zero(fresh_tenant):
    tenant = fresh_tenant()
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA org_migrated")
    call_command("migrate_schemas", schema_name="org_migrated", interactive=False, verbosity=0)
    assert dump_of(tenant.schema_name, rows=False) == dump_of("org_migrated", rows=False)
    with connection.cursor() as cursor:
        for columns, table in (("app, name", "django_migrations"), ("id, app_label, model", "django_content_type")):
            made, migrated = (f"SELECT {columns} FROM {name}.{table}" for name in (tenant.schema_name, "org_migrated"))
            cursor.execute(f"({made} EXCEPT {migrated}) UNION ALL ({migrated} EXCEPT {made})")
            assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE TYPE mood AS ENUM ('sad')", "type mood"),
        ("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)", "type positive"),
        ("CREATE TYPE pair AS (a integer, b integer)", "type pair"),
        ("CREATE TABLE parts (a integer) PARTITION BY LIST (a)", "relation parts"),
        ("CREATE MATERIALIZED VIEW frozen AS SELECT 1 AS x", "relation frozen"),
        ("CREATE TABLE a (x integer); CREATE TABLE b () INHERITS (a)", "inheritance of b"),
        ("CREATE TABLE a (x integer); ALTER TABLE a ENABLE ROW LEVEL SECURITY", "relation a"),
        ("CREATE TABLE a (x integer); CREATE POLICY p ON a USING (true)", "policy p"),
        ("CREATE TABLE a (x integer); CREATE RULE r AS ON DELETE TO a DO INSTEAD NOTHING", "rule r"),
        ("CREATE TABLE a (x integer, y integer); CREATE STATISTICS st ON x, y FROM a", "statistics st"),
        ("CREATE TABLE a (x integer); ALTER TABLE a REPLICA IDENTITY FULL", "relation a"),
        ("CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer)", "function total"),
        ("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1 FROM strange.a'", "CREATE OR REPLACE FUNCTION"),
        (
            "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION f() IS 'x'",
            "comment on",
        ),
        ("CREATE TABLE a (x integer CONSTRAINT k CHECK (x > 0)); COMMENT ON CONSTRAINT k ON a IS 'x'", "comment on"),
        ("CREATE COLLATION here (provider = builtin, locale = 'C.UTF-8')", "collation here"),
    ],
)
def test_schema_with_something_that_has_no_statement_is_refused(db, statement, named):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA strange; SET LOCAL search_path = strange; SET LOCAL check_function_bodies = off")
        cursor.execute(statement)
        with pytest.raises(SchemaNotCopied) as refusal:
            schema_as_sql(cursor, "strange")
    assert any(named in found for found in refusal.value.details["objects"])
