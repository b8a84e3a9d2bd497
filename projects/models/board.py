"""The board: what is to be done, by whom."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.kernel.models import Row
from projects.choices import Agent, TaskStatus


class Task(Row):
    """A card. `order_index` counts from 1 without gaps within a project and column."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("title"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("column"), max_length=16, choices=TaskStatus, default=TaskStatus.TODO)
    order_index = models.PositiveIntegerField(_("position"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agent = models.CharField(_("agent"), max_length=16, choices=Agent, blank=True)
    document = models.ForeignKey(
        "projects.Document", on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ("project", "status", "order_index")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("project", "status", "order_index"),
                name="projects_task_order_is_unique",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message=_("Another task stands at this position."),
            ),
            models.CheckConstraint(
                name="projects_task_order_from_one",
                condition=models.Q(order_index__gte=1),
                violation_error_message=_("A task has a position from 1 on."),
            ),
            models.CheckConstraint(
                name="projects_task_has_one_doer",
                condition=models.Q(assignee__isnull=True) | models.Q(agent=""),
                violation_error_message=_("A task belongs to a person or to an agent, not to both."),
            ),
        ]

    def __str__(self) -> str:
        return self.title
