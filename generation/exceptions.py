"""What generation refuses or reports, as nouns.

A provider's fault has two codes. `code` is what a client of the API reads (`provider_unavailable`, by contract);
`job_code` is the finer one a job keeps beside its sentence. `temporary` tells the job engine whether trying
again later can help.
"""

import math
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.kernel.errors import AppError, Conflict


class ProviderError(AppError):
    """A model provider did not deliver. `operator_detail` says more to operators; it is never shown to clients."""

    code, status = "provider_unavailable", 503
    default_message = _("The model provider could not deliver a text.")
    job_code: str = "provider_unavailable"
    temporary: bool = False

    def __init__(
        self, message: Any = None, *, details: dict[str, Any] | None = None, operator_detail: str = ""
    ) -> None:
        """Keep the sentence and the detail; `details.reason` carries the finer code to API clients too."""
        super().__init__(message, details={"reason": self.job_code, **(details or {})})
        self.operator_detail = operator_detail


class ProviderTimeout(ProviderError):
    """No connection, no first token or no end of the answer within its time."""

    job_code, temporary = "provider_timeout", True
    default_message = _("The model provider took too long to answer.")


class ProviderUnreachable(ProviderError):
    """The provider's address does not resolve or answer, or the connection broke before the answer was complete."""

    job_code, temporary = "provider_unreachable", True
    default_message = _("The model provider can't be reached, or closed the connection too early.")


class ProviderFaulted(ProviderError):
    """The provider reported a fault of its own (5xx, or an error in the middle of a stream)."""

    job_code, temporary = "provider_faulted", True
    default_message = _("The model provider reported an error of its own.")


class ProviderRateLimited(ProviderError):
    """The provider wants fewer requests; `retry_after_seconds` is its own wish, None when it named none."""

    job_code, temporary = "provider_rate_limited", True
    default_message = _("The model provider asks to slow down.")

    def __init__(
        self, message: Any = None, *, retry_after_seconds: float | None = None, operator_detail: str = ""
    ) -> None:
        """Keep the wait in seconds; `details.retry_after` shows it rounded up."""
        details = {} if retry_after_seconds is None else {"retry_after": math.ceil(retry_after_seconds)}
        super().__init__(message, details=details, operator_detail=operator_detail)
        self.retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After` in whole seconds when the provider named a time."""
        wait = self.details.get("retry_after")
        return {} if wait is None else {"Retry-After": str(wait)}


class ProviderRefused(ProviderError):
    """The provider does not accept our key (401, 403)."""

    job_code = "provider_refused"
    default_message = _("The model provider refused the access key.")


class ProviderQuotaExhausted(ProviderError):
    """The account at the provider has no money or quota left (402, or 429 with that code)."""

    job_code = "provider_quota_exhausted"
    default_message = _("The account at the model provider has no quota left.")


class ProviderRequestRejected(ProviderError):
    """The provider does not accept the request: unknown model, wrong address, a redirect, a refused parameter."""

    job_code = "provider_request_rejected"
    default_message = _("The model provider rejected the request; check its address and the model's name.")


class ProviderMisconfigured(ProviderError):
    """The settings name a provider that can't be used; nothing was sent."""

    job_code = "provider_misconfigured"
    default_message = _("The model provider is not set up correctly.")


class ProviderAnswerInvalid(ProviderError):
    """An answer that can't be used: garbage, nothing, not JSON, or not of the schema asked for."""

    job_code, temporary = "provider_answer_invalid", True
    default_message = _("The model provider's answer could not be used.")


class ProviderAnswerCut(ProviderAnswerInvalid):
    """The limit of output tokens was reached before there was anything usable; asking again would end the same way."""

    job_code, temporary = "provider_answer_cut", False
    default_message = _("The model stopped at its length limit before the answer was usable.")


class ProviderAnswerTooLarge(ProviderError):
    """An answer beyond the limit; reading stopped there."""

    job_code = "provider_answer_too_large"
    default_message = _("The model provider's answer was too large.")


class ContentFiltered(ProviderError):
    """The provider's content filter, or the model itself, declined to write this."""

    job_code = "content_filtered"
    default_message = _("The model provider declined to write this because of its content rules.")


class ContextWindowExceeded(ProviderError):
    """Prompt and answer together do not fit the model."""

    job_code = "context_window_exceeded"
    default_message = _("The request is too long for this model.")


class CallAborted(Conflict):
    """The caller's `should_stop` said so in the middle of a provider call; not a fault of the provider."""

    job_code: str = "call_aborted"
    temporary: bool = False
    default_message = _("The call was stopped on request.")


class PromptError(AppError):
    """A prompt template can't be used. `prompt` names it; the message says what was expected and what was found."""

    code, status = "internal_error", 500
    default_message = _("A prompt template is not usable.")
    job_code: str = "prompt_invalid"
    temporary: bool = False

    def __init__(self, message: Any = None, *, prompt: str = "", details: dict[str, Any] | None = None) -> None:
        """Keep the prompt's name beside the sentence."""
        super().__init__(message, details=details)
        self.prompt = prompt


class PromptUnknown(PromptError):
    """No prompt template of that name."""

    job_code = "prompt_unknown"


class PromptInvalid(PromptError):
    """A template file breaks the rules of its format; `problems` lists every one as a line."""

    def __init__(self, message: Any = None, *, prompt: str = "", problems: tuple[str, ...] = ()) -> None:
        """Keep the problems, one line each."""
        super().__init__(message, prompt=prompt, details={"problems": list(problems)} if problems else None)
        self.problems = problems


class PromptVariablesInvalid(PromptError):
    """Variables missing, unknown, of the wrong type, or too long for this template; `details.fields` names each.

    They come from a project's own material, so a client reads what is wrong with them.
    """

    code, status = "validation_failed", 400
    default_message = _("The material does not fit the prompt.")
    job_code = "prompt_variables_invalid"


class PromptTooLarge(PromptError):
    """Rendering went past a limit of length, loops or time."""

    code, status = "validation_failed", 400
    default_message = _("The material is too much for the prompt.")
    job_code = "prompt_too_large"


class JobActive(Conflict):
    """Another job writes in this project; `details.job` is its id."""

    code = "job_active"
    default_message = _("Another job is writing in this project.")


class JobStateConflict(Conflict):
    """The job's state does not allow this; `details` has the state found and those expected."""

    code = "job_state"
    default_message = _("The job's state does not allow this.")


class JobUnfit(Conflict):
    """The stored input of a job no longer fits its kind or its project."""

    job_code: str = "job_unfit"
    default_message = _("This job does not fit its project any more.")


class JobInterrupted(Exception):
    """A job's run must end before its work is done. Raised at checkpoints, and only the runner catches it."""


class JobCancelled(JobInterrupted):
    """Somebody asked for the job to be cancelled."""


class LeaseLost(JobInterrupted):
    """The job belongs to another worker by now; nothing may be written any more."""


class WorkerLeaves(JobInterrupted):
    """This worker stops, or may not serve the organisation now: the job goes back to its queue."""
