from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tenants", "0003_schema_records"),
    ]

    operations = [
        migrations.CreateModel(
            name='FlagRule',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=63, verbose_name='flag')),
                ('tenant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant', verbose_name='organisation')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('percentage', models.DecimalField(decimal_places=2, max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='percentage')),
                ('unit', models.CharField(choices=[('person', 'people'), ('organisation', 'organisations')], default='person', max_length=16, verbose_name='counted in')),
                ('salt', models.CharField(blank=True, max_length=32, verbose_name='salt')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
            ],
            options={
                'verbose_name': 'flag rule',
                'verbose_name_plural': 'flag rules',
                'ordering': ('name', 'id'),
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('name', 'tenant', 'user'), name='tenants_flag_rule_is_unique', nulls_distinct=False, violation_error_message='There is a rule of this flag for them already.'), models.CheckConstraint(condition=models.Q(('tenant__isnull', True), ('user__isnull', True), _connector='OR'), name='tenants_flag_rule_has_one_scope', violation_error_message='A rule is for an organisation or for a person, not for both.'), models.CheckConstraint(condition=models.Q(('percentage__gte', Decimal('0')), ('percentage__lte', Decimal('100'))), name='tenants_flag_rule_percentage', violation_error_message='A percentage lies between 0 and 100.'), models.CheckConstraint(condition=models.Q(('user__isnull', True), ('percentage__in', (Decimal('0'), Decimal('100'))), _connector='OR'), name='tenants_flag_rule_person_is_on_or_off', violation_error_message='For one person a flag is on or off.'), models.CheckConstraint(condition=models.Q(('unit', 'person'), models.Q(('tenant__isnull', True), ('unit', 'organisation'), ('user__isnull', True)), _connector='OR'), name='tenants_flag_rule_unit', violation_error_message='Organisations are counted by a rule for everybody alone.')],
            },
        ),
    ]
