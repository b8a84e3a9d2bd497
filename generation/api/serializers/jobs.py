"""Jobs in the API's document, and the filters of their list. Answers are built by `generation.selectors.jobs`."""

from typing import Any

from rest_framework import serializers

from generation.choices import JobStatus, StepStatus
from generation.jobs.kinds import kind_names


class JobFilters(serializers.Serializer[Any]):
    """What the list of jobs can be narrowed to."""

    project = serializers.UUIDField(required=False, help_text="Jobs of this project.")
    status = serializers.ChoiceField(choices=JobStatus.choices, required=False)
    kind = serializers.CharField(required=False, help_text="Jobs of this kind, for example generate_chapter.")

    def validate_kind(self, value: str) -> str:
        """Kinds that do not exist are refused rather than answered with an empty list."""
        if value not in kind_names():
            raise serializers.ValidationError(f"Expected one of: {', '.join(kind_names())}; found {value[:40]!r}.")
        return value


class EstimateOutput(serializers.Serializer[Any]):
    """What a job will take, told beforehand."""

    provider = serializers.CharField()
    model = serializers.CharField()
    calls = serializers.IntegerField(help_text="Calls of the provider.")
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    cost = serializers.DecimalField(
        max_digits=12, decimal_places=6, allow_null=True, help_text="0 where nothing is paid; null: no price is known."
    )
    rule = serializers.CharField(help_text="How the figures came about.")


class DryRunOutput(serializers.Serializer[Any]):
    """The answer to `?dry_run=true`."""

    estimate = EstimateOutput()


class JobErrorOutput(serializers.Serializer[Any]):
    """Why a job ended without a result."""

    code = serializers.CharField()
    message = serializers.CharField()


class JobAbilities(serializers.Serializer[Any]):
    """What the reader may do with a job now."""

    view = serializers.BooleanField()
    cancel = serializers.BooleanField()
    retry = serializers.BooleanField()


class JobOutput(serializers.Serializer[Any]):
    """A job."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    project = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # DRF's own attribute, not used here
    created_by = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=JobStatus.choices)
    stage = serializers.CharField(help_text="What is being done, for people.")
    progress = serializers.IntegerField(min_value=0, max_value=100, help_text="Percent.")
    attempt = serializers.IntegerField()
    max_attempts = serializers.IntegerField()
    cancel_requested = serializers.BooleanField()
    input = serializers.DictField()
    estimate = EstimateOutput(allow_null=True)
    cost = serializers.DecimalField(max_digits=12, decimal_places=6)
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    result = serializers.DictField(allow_null=True)
    error = JobErrorOutput(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    abilities = JobAbilities()


class JobStepOutput(serializers.Serializer[Any]):
    """A checkpoint of a job."""

    name = serializers.CharField()
    position = serializers.IntegerField()
    status = serializers.ChoiceField(choices=StepStatus.choices)
    attempt = serializers.IntegerField()
    prompt = serializers.CharField()
    provider = serializers.CharField()
    model = serializers.CharField()
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=12, decimal_places=6)
    error_code = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class JobDetailOutput(JobOutput):
    """A job with its steps."""

    steps = JobStepOutput(many=True)


class WorkflowStepOutput(JobStepOutput):
    """A step with what it gave."""

    output = serializers.DictField()


class WorkflowOutput(JobOutput):
    """A workflow with its steps and their outputs."""

    name = serializers.CharField()
    steps = WorkflowStepOutput(many=True)


class JobStatusOutput(serializers.Serializer[Any]):
    """The short answer for polling."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=JobStatus.choices)
    stage = serializers.CharField()
    progress = serializers.IntegerField(min_value=0, max_value=100)
    attempt = serializers.IntegerField()
    cancel_requested = serializers.BooleanField()
    seconds_left = serializers.IntegerField(allow_null=True, help_text="A guess from the pace so far.")
