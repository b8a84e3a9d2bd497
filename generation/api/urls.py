"""Addresses of jobs and of the calls that start them."""

from django.urls import URLPattern, path

from generation.api.views.jobs import (
    JobCancelView,
    JobList,
    JobResultView,
    JobRetryView,
    JobStatusView,
    JobView,
    WorkflowView,
)
from generation.api.views.writing import AssembleView, GenerateChapterView, PlanView, WorkflowsView

urlpatterns: list[URLPattern] = [
    path("projects/<uuid:project_id>/plan", PlanView.as_view(), name="project-plan"),
    path("projects/<uuid:project_id>/assemble", AssembleView.as_view(), name="project-assemble"),
    path("projects/<uuid:project_id>/workflows", WorkflowsView.as_view(), name="project-workflows"),
    path("workflows/<uuid:job_id>", WorkflowView.as_view(), name="workflow-detail"),
    path("writing/generate-chapter", GenerateChapterView.as_view(), name="generate-chapter"),
    path("jobs", JobList.as_view(), name="job-list"),
    path("jobs/<uuid:job_id>", JobView.as_view(), name="job-detail"),
    path("jobs/<uuid:job_id>/status", JobStatusView.as_view(), name="job-status"),
    path("jobs/<uuid:job_id>/result", JobResultView.as_view(), name="job-result"),
    path("jobs/<uuid:job_id>/cancel", JobCancelView.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/retry", JobRetryView.as_view(), name="job-retry"),
    path("writing/jobs/<uuid:job_id>", JobView.as_view(), name="writing-job-detail"),
    path("writing/jobs/<uuid:job_id>/cancel", JobCancelView.as_view(), name="writing-job-cancel"),
]
