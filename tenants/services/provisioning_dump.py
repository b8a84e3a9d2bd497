"""A schema as SQL that names no schema: what PostgreSQL's catalogs say, in the order in which it can be replayed.

The catalogs are read with a search path of that one schema, so that PostgreSQL itself writes its own things without
a qualifier and everything else with one. Replayed with a search path of another schema, the text makes the same thing
there; nothing is substituted in it. Kinds of objects that are not written here are refused, never left out.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from psycopg import sql

from tenants.exceptions import SchemaNotCopied

# A dump that another version of this file made is made anew.
FORMAT = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()

PRELUDE = "SET LOCAL check_function_bodies = off;\nSET LOCAL client_min_messages = warning"

REFUSED = r"""
    WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s)
    SELECT 'relation ' || relname FROM pg_class, here
     WHERE relnamespace = here.oid AND (relkind NOT IN ('r', 'i', 'S', 'v', 't') OR relrowsecurity
           OR (relkind = 'r' AND relreplident <> 'd') OR relpersistence = 't')
    UNION ALL
    SELECT 'inheritance of ' || inhrelid::regclass FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid, here
     WHERE c.relnamespace = here.oid
    UNION ALL
    SELECT 'type ' || typname FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid, here
     WHERE typnamespace = here.oid AND (typtype NOT IN ('b', 'c') OR (typtype = 'c' AND c.relkind = 'c')
           OR (typtype = 'b' AND typelem = 0))
    UNION ALL
    SELECT 'rule ' || rulename FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class, here
     WHERE c.relnamespace = here.oid AND rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy ' || polname FROM pg_policy JOIN pg_class c ON c.oid = polrelid, here WHERE c.relnamespace = here.oid
    UNION ALL
    SELECT 'statistics ' || stxname FROM pg_statistic_ext, here WHERE stxnamespace = here.oid
    UNION ALL
    SELECT 'function ' || proname FROM pg_proc, here WHERE pronamespace = here.oid AND prokind NOT IN ('f', 'p')
    UNION ALL
    SELECT 'operator ' || oprname FROM pg_operator, here WHERE oprnamespace = here.oid
    UNION ALL
    SELECT 'operator class ' || opcname FROM pg_opclass, here WHERE opcnamespace = here.oid
    UNION ALL
    SELECT 'collation ' || collname FROM pg_collation, here WHERE collnamespace = here.oid
    UNION ALL
    SELECT 'text search configuration ' || cfgname FROM pg_ts_config, here WHERE cfgnamespace = here.oid
    UNION ALL
    SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid)
      FROM pg_description d LEFT JOIN pg_depend x ON x.classid = d.classoid AND x.objid = d.objoid
           AND x.refclassid = 'pg_namespace'::regclass
      LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
      LEFT JOIN pg_trigger t ON d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid
      LEFT JOIN pg_class r ON r.oid = t.tgrelid, here
     WHERE here.oid IN (x.refobjid, k.connamespace, r.relnamespace) AND d.classoid <> 'pg_class'::regclass
    ORDER BY 1
"""

FUNCTIONS = """
    SELECT pg_get_functiondef(p.oid),
           format('CREATE OR REPLACE %%s %%I.%%I(', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                  nspname, proname),
           format('CREATE OR REPLACE %%s %%I(', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, proname)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE nspname = %(schema)s ORDER BY p.oid
"""

# `owned` is 'i' for the sequence of an identity column, 'a' for one that a column owns, null for a free one.
SEQUENCES = """
    SELECT format('CREATE SEQUENCE %%I AS %%s START WITH %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s CACHE %%s%%s',
                  c.relname, format_type(s.seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache,
                  CASE WHEN seqcycle THEN ' CYCLE' ELSE '' END)
      FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
     WHERE c.relnamespace = %(schema)s::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                        AND d.deptype = 'i' AND d.refobjsubid > 0)
     ORDER BY c.relname
"""

TABLES = """
    SELECT format('CREATE %%sTABLE %%I (%%s)%%s', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END,
                  c.relname, concat_ws(', ', columns.list, not_nulls.list),
                  coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', ''))
      FROM pg_class c
      LEFT JOIN LATERAL (
        SELECT string_agg(
            format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod))
            || CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' ELSE '' END
            || CASE WHEN a.attcollation <> t.typcollation
                    THEN (SELECT format(' COLLATE %%I.%%I', nspname, collname) FROM pg_collation
                            JOIN pg_namespace ns ON ns.oid = collnamespace WHERE pg_collation.oid = a.attcollation)
                    ELSE '' END
            || CASE WHEN a.attidentity <> '' THEN (
                 SELECT format(' GENERATED %%s AS IDENTITY (SEQUENCE NAME %%I START WITH %%s INCREMENT BY %%s'
                               ' MINVALUE %%s MAXVALUE %%s CACHE %%s%%s)',
                               CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sc.relname, seqstart,
                               seqincrement, seqmin, seqmax, seqcache, CASE WHEN seqcycle THEN ' CYCLE' ELSE '' END)
                   FROM pg_depend d JOIN pg_class sc ON sc.oid = d.objid JOIN pg_sequence s ON s.seqrelid = sc.oid
                  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                    AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype = 'i')
               WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%%s) STORED', pg_get_expr(adbin, adrelid))
               WHEN a.attgenerated = 'v' THEN format(' GENERATED ALWAYS AS (%%s) VIRTUAL', pg_get_expr(adbin, adrelid))
               ELSE coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') END
            || CASE WHEN a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conrelid = c.oid
                          AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]) THEN ' NOT NULL' ELSE '' END,
            ', ' ORDER BY a.attnum) AS list
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
          LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) columns ON true
      LEFT JOIN LATERAL (
        SELECT string_agg(format('CONSTRAINT %%I %%s', conname, pg_get_constraintdef(oid)), ', '
                          ORDER BY conkey) AS list
          FROM pg_constraint WHERE conrelid = c.oid AND contype = 'n') not_nulls ON true
     WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' ORDER BY c.relname
"""

STORAGE = """
    SELECT format('ALTER TABLE %%I ALTER COLUMN %%I SET STORAGE %%s', c.relname, a.attname,
                  CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'x' THEN 'EXTENDED'
                       ELSE 'MAIN' END)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attstorage <> t.typstorage ORDER BY c.relname, a.attnum
"""

CONSTRAINTS = """
    SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', c.relname, conname, pg_get_constraintdef(k.oid, true))
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relnamespace = %(schema)s::regnamespace AND contype::text = ANY(%(kinds)s)
     ORDER BY array_position(%(kinds)s, contype::text), c.relname, conname
"""

INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid, 0, true)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid
     WHERE c.relnamespace = %(schema)s::regnamespace AND r.relkind = 'r'
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
     ORDER BY c.relname
"""

OWNERS = """
    SELECT format('ALTER SEQUENCE %%I OWNED BY %%I.%%I', s.relname, t.relname, a.attname)
      FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'a' AND s.relnamespace = %(schema)s::regnamespace
     ORDER BY s.relname
"""

VIEWS = """
    SELECT format('CREATE VIEW %%I%%s AS %%s', relname,
                  coalesce(' WITH (' || array_to_string(reloptions, ', ') || ')', ''),
                  rtrim(pg_get_viewdef(oid), ';'))
      FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'v' ORDER BY oid
"""

TRIGGERS = """
    SELECT pg_get_triggerdef(t.oid, true)
           || CASE tgenabled WHEN 'O' THEN '' ELSE
              format(';ALTER TABLE %%I %%s TRIGGER %%I', relname, CASE tgenabled WHEN 'D' THEN 'DISABLE'
                     WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, tgname) END
      FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
     WHERE c.relnamespace = %(schema)s::regnamespace AND NOT tgisinternal ORDER BY relname, tgname
"""

COMMENTS = """
    SELECT CASE WHEN d.objsubid > 0 THEN format('COMMENT ON COLUMN %%I.%%I IS %%L', relname, attname, description)
                ELSE format('COMMENT ON %%s %%I IS %%L', CASE relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW'
                            WHEN 'i' THEN 'INDEX' ELSE 'SEQUENCE' END, relname, description) END
      FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
     WHERE c.relnamespace = %(schema)s::regnamespace ORDER BY relname, d.objsubid
"""

POSITIONS = """
    SELECT format('SELECT setval(%%L::regclass, %%s)', quote_ident(relname), position)
      FROM (SELECT relname, CASE relkind WHEN 'S' THEN pg_sequence_last_value(oid) END AS position
              FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'S') sequences
     WHERE position IS NOT NULL ORDER BY relname
"""

COLUMNS = """
    SELECT relname, array_agg(attname::text ORDER BY attnum)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
       AND attgenerated = '' GROUP BY relname ORDER BY relname
"""

_ITEM = r"'(?:[^']|'')*'::character varying"
PRINTED_IN = re.compile(
    rf"""(?P<column>"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)::text[ ](?P<operator>=[ ]ANY|<>[ ]ALL)[ ]"""
    rf"""\(ARRAY\[(?P<items>{_ITEM}(?:,[ ]{_ITEM})*)\]::text\[\]\)"""
)

BEFORE_ROWS = (SEQUENCES, TABLES, STORAGE)
AFTER_INDEXES = (OWNERS, VIEWS, TRIGGERS, COMMENTS, POSITIONS)


def schema_as_sql(cursor: Any, schema: str) -> str:
    """The statements that make a schema like `schema`, rows included; the cursor's search path must be `schema` alone.

    Raises:
        SchemaNotCopied: when it holds a kind of object that has no statement here, or a function that names it.
    """
    arguments = {"schema": schema}
    if refused := _column(cursor, REFUSED, arguments):
        raise SchemaNotCopied(details={"schema": schema, "objects": refused})
    statements = [PRELUDE, *_functions(cursor, schema)]
    for query in BEFORE_ROWS:
        statements += _column(cursor, query, arguments)
    statements += _rows(cursor, arguments)
    constraints = _column(cursor, CONSTRAINTS, {**arguments, "kinds": ["p", "u", "x", "c", "f"]})
    statements += [_as_written(text) for text in constraints + _column(cursor, INDEXES, arguments)]
    for query in AFTER_INDEXES:
        statements += _column(cursor, query, arguments)
    return ";\n".join(statements)


def _as_written(statement: str) -> str:
    """`varchar IN (...)` as it was written: what PostgreSQL prints of it would be parsed into something that it prints
    otherwise, and the copy would differ from a migrated schema."""
    return PRINTED_IN.sub(
        lambda found: f"{found['column']} {'IN' if found['operator'] == '= ANY' else 'NOT IN'} ({found['items']})",
        statement,
    )


def _column(cursor: Any, query: str, arguments: dict[str, Any]) -> list[str]:
    cursor.execute(query, arguments)
    return [value for (value,) in cursor.fetchall()]


def _functions(cursor: Any, schema: str) -> Iterable[str]:
    """PostgreSQL qualifies a function's name always; here, at its known place, the qualifier goes."""
    cursor.execute(FUNCTIONS, {"schema": schema})
    for definition, qualified, bare in cursor.fetchall():
        body = definition.removeprefix(qualified)
        if body == definition or schema in body:
            raise SchemaNotCopied(details={"schema": schema, "objects": [f"function {qualified}"]})
        yield bare + body


def _rows(cursor: Any, arguments: dict[str, Any]) -> list[str]:
    """One INSERT for each table that holds rows, in their physical order."""
    cursor.execute(COLUMNS, arguments)
    statements = []
    for table, columns in cursor.fetchall():
        names = [sql.Identifier(name) for name in columns]
        values = sql.SQL(", ").join(sql.SQL("quote_nullable({}::text)").format(name) for name in names)
        query = sql.SQL("SELECT string_agg('(' || concat_ws(', ', {}) || ')', ', ' ORDER BY ctid) FROM {}")
        cursor.execute(query.format(values, sql.Identifier(table)))
        (rows,) = cursor.fetchone()
        if rows is not None:
            into = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ").format(
                sql.Identifier(table), sql.SQL(", ").join(names)
            )
            statements.append(into.as_string(cursor.connection) + rows)
    return statements
