"""The record: events that nobody changes, and where their chain begins and ends.

Imports nothing from the app. The functions name no schema: every schema has its own, and copies of the template are
made from what the catalogs say of them.
"""

import uuid_utils.compat
from django.db import migrations, models

GUARD = """
CREATE FUNCTION audit_event_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    base bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.sequence := NULL;
        NEW.previous_hash := NULL;
        NEW.hash := NULL;
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND OLD.sequence IS NULL
           AND to_jsonb(NEW) - ARRAY['sequence', 'previous_hash', 'hash']
             = to_jsonb(OLD) - ARRAY['sequence', 'previous_hash', 'hash'] THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF current_setting('studio.audit_retention', true) = 'on' THEN
            EXECUTE format('SELECT base_sequence FROM %I.audit_chain', TG_TABLE_SCHEMA) INTO base;
            IF OLD.sequence <= base THEN
                RETURN OLD;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'security events are append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$body$;
CREATE TRIGGER audit_event_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_securityevent
    FOR EACH ROW EXECUTE FUNCTION audit_event_guard();
CREATE TRIGGER audit_event_guard_truncate BEFORE TRUNCATE ON audit_securityevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_guard();
"""

CHAIN = """
CREATE FUNCTION audit_event_chain() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    number bigint;
    former text;
    link text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit:' || TG_TABLE_SCHEMA, 0));
    EXECUTE format('INSERT INTO %I.audit_chain (id, base_sequence, base_hash, head_sequence, head_hash)'
                   ' VALUES (1, 0, $1, 0, $1) ON CONFLICT DO NOTHING', TG_TABLE_SCHEMA)
        USING repeat('0', 64);
    EXECUTE format('SELECT head_sequence + 1, head_hash FROM %I.audit_chain', TG_TABLE_SCHEMA) INTO number, former;
    link := encode(sha256(convert_to(former || ':' || number || ':' || NEW.digest, 'UTF8')), 'hex');
    EXECUTE format('UPDATE %I.%I SET sequence = $1, previous_hash = $2, hash = $3 WHERE id = $4',
                   TG_TABLE_SCHEMA, TG_TABLE_NAME) USING number, former, link, NEW.id;
    EXECUTE format('UPDATE %I.audit_chain SET head_sequence = $1, head_hash = $2', TG_TABLE_SCHEMA)
        USING number, link;
    RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER audit_event_chain AFTER INSERT ON audit_securityevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_event_chain();
"""

CHAIN_GUARD = """
CREATE FUNCTION audit_chain_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'retention_days' = to_jsonb(OLD) - 'retention_days' THEN
            RETURN NEW;
        ELSIF pg_trigger_depth() > 1
           AND NEW.base_sequence = OLD.base_sequence AND NEW.base_hash = OLD.base_hash THEN
            RETURN NEW;
        ELSIF current_setting('studio.audit_retention', true) = 'on'
           AND NEW.head_sequence = OLD.head_sequence AND NEW.head_hash = OLD.head_hash
           AND NEW.base_sequence > OLD.base_sequence AND NEW.base_sequence <= OLD.head_sequence THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the chain of security events is kept by the database: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$body$;
CREATE TRIGGER audit_chain_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_chain
    FOR EACH ROW EXECUTE FUNCTION audit_chain_guard();
CREATE TRIGGER audit_chain_guard_truncate BEFORE TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION audit_chain_guard();
"""

UNGUARD = """
DROP TRIGGER audit_event_guard ON audit_securityevent;
DROP TRIGGER audit_event_guard_truncate ON audit_securityevent;
DROP FUNCTION audit_event_guard();
"""
UNCHAIN = """
DROP TRIGGER audit_event_chain ON audit_securityevent;
DROP FUNCTION audit_event_chain();
"""
UNGUARD_CHAIN = """
DROP TRIGGER audit_chain_guard ON audit_chain;
DROP TRIGGER audit_chain_guard_truncate ON audit_chain;
DROP FUNCTION audit_chain_guard();
"""


class Migration(migrations.Migration):
    """Events, chain, and the triggers that keep both."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Chain',
            fields=[
                ('id', models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('base_sequence', models.BigIntegerField(default=0, verbose_name='first kept after')),
                ('base_hash', models.CharField(default='0000000000000000000000000000000000000000000000000000000000000000', max_length=64, verbose_name='hash before the first')),
                ('head_sequence', models.BigIntegerField(default=0, verbose_name='newest')),
                ('head_hash', models.CharField(default='0000000000000000000000000000000000000000000000000000000000000000', max_length=64, verbose_name='hash of the newest')),
                ('retention_days', models.PositiveIntegerField(null=True, verbose_name='days that events are kept')),
            ],
            options={
                'verbose_name': 'chain of events',
                'verbose_name_plural': 'chains of events',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_chain_single')],
            },
        ),
        migrations.CreateModel(
            name='SecurityEvent',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField(null=True, unique=True, verbose_name='number')),
                ('occurred_at', models.DateTimeField(db_index=True, verbose_name='time')),
                ('actor_id', models.UUIDField(null=True, verbose_name="actor's id")),
                ('actor_label', models.CharField(blank=True, max_length=254, verbose_name='actor')),
                ('organisation_id', models.UUIDField(null=True, verbose_name="organisation's id")),
                ('organisation', models.CharField(blank=True, max_length=254, verbose_name='organisation')),
                ('action', models.CharField(max_length=100, verbose_name='action')),
                ('outcome', models.CharField(choices=[('success', 'success'), ('failure', 'failure'), ('refused', 'refused')], max_length=16, verbose_name='outcome')),
                ('target_type', models.CharField(blank=True, max_length=64, verbose_name='type of target')),
                ('target_id', models.CharField(blank=True, max_length=64, verbose_name="target's id")),
                ('target_label', models.CharField(blank=True, max_length=254, verbose_name='target')),
                ('request_id', models.UUIDField(null=True, verbose_name='request')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='address')),
                ('metadata', models.JSONField(default=dict, verbose_name='more')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('previous_hash', models.CharField(max_length=64, null=True, verbose_name='previous hash')),
                ('hash', models.CharField(max_length=64, null=True, verbose_name='hash')),
            ],
            options={
                'verbose_name': 'security event',
                'verbose_name_plural': 'security events',
                'default_permissions': (),
                'indexes': [models.Index(fields=['actor_id', 'id'], name='audit_event_by_actor'), models.Index(fields=['action', 'id'], name='audit_event_by_action'), models.Index(fields=['target_id', 'id'], name='audit_event_by_target')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(CHAIN, UNCHAIN),
        migrations.RunSQL(CHAIN_GUARD, UNGUARD_CHAIN),
    ]
