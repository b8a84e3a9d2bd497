"""What several pages of the platform's face share."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from config.administration.models import PlatformAdmin
from config.kernel.commands import sentence_of
from config.kernel.errors import AppError


class CheckedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose fields are judged by the services' own checks."""

    def checked(self, name: str, check: Any) -> Any:
        """The value that `check` makes of a field; what it refuses stands at the field.

        Raises:
            ValidationError: with the service's sentence.
        """
        try:
            return check(self.cleaned_data[name])
        except AppError as error:
            texts = [text for found in error.details.get("fields", {}).values() for text in found]
            raise forms.ValidationError(texts or sentence_of(error)) from error


class SteppedAdmin(PlatformAdmin):
    """Buttons beside "Save" that take one step with the row: `steps(request, row)` names those that are possible."""

    change_form_template = "admin/steps_change_form.html"

    def steps(self, request: HttpRequest, row: Any) -> dict[str, dict[str, Any]]:
        """Name -> label, tone and what the button does (`take`), for the steps that are possible now."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The page of one row, or the answer to one of its buttons."""
        row = self.get_object(request, object_id)
        steps = self.steps(request, row) if row is not None else {}
        asked = next((name for name in steps if f"_step_{name}" in request.POST), None)
        if request.method == "POST" and asked is not None and self.has_view_permission(request):
            return self._take(request, row, steps[asked])
        context = {**(extra_context or {}), "steps": steps}
        return super().change_view(request, object_id, form_url, context)

    def _take(self, request: HttpRequest, row: Any, step: dict[str, Any]) -> HttpResponse:
        try:
            step["take"]()
        except AppError as error:
            self.message_user(request, sentence_of(error), messages.ERROR)
        else:
            self.message_user(request, f"{row}: {step['label']} ✓", messages.SUCCESS)
        return HttpResponseRedirect(request.get_full_path())
