"""The browsable API: pages over the same answers, with forms made from what the OpenAPI document says.

A view declares what it takes once, with `extend_schema`; the document, the forms and the filters all come from there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from django.urls import Resolver404, resolve
from django.utils.html import escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers
from rest_framework.renderers import BrowsableAPIRenderer, HTMLFormRenderer
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param

from config.kernel.api.routes import readable_below
from config.kernel.errors import AppError

if TYPE_CHECKING:  # DRF's views load their renderers, this one among them
    from rest_framework.views import APIView

WRITING = ("POST", "PUT", "PATCH", "DELETE")
_ID = re.compile(r"&quot;id&quot;: &quot;([0-9a-f-]{36})&quot;")
_PATH = re.compile(r"&quot;(/api/v1/[^&\s]*)&quot;")


def documented(view: "APIView", method: str) -> Any:
    """The OpenAPI description that `extend_schema` put on the method of this view, or None."""
    handler = getattr(view, method.lower(), None)
    described = getattr(handler, "kwargs", {}).get("schema")
    if described is None:
        return None
    schema = described()
    schema.view, schema.method = view, method
    return schema


def _filters(view: "APIView", request: Request) -> Iterator[dict[str, Any]]:
    """The query parameters of a list: name, choices, present value."""
    schema = documented(view, "GET")
    for given in schema.get_override_parameters() if schema else ():
        if isinstance(given, OpenApiParameter):
            if given.location == OpenApiParameter.QUERY:
                yield {"name": given.name, "choices": list(given.enum or ()), "help": given.description}
        elif isinstance(given, type) and issubclass(given, serializers.Serializer):
            for name, field in given().fields.items():
                yield {"name": name, "choices": list(getattr(field, "choices", ())), "help": field.help_text}
    fields = sorted(getattr(view, "ordering_fields", ()))
    if fields:
        yield {"name": "ordering", "choices": [name for field in fields for name in (field, f"-{field}")], "help": None}


class StudioBrowsableRenderer(BrowsableAPIRenderer):
    """Pages for people; the content shown is exactly what a program gets."""

    template = "rest_framework/api.html"

    def get_rendered_html_form(self, data: Any, view: "APIView", method: str, request: Request) -> Any:
        """DRF's own forms are left out: `forms_of` makes ours."""
        return None

    def get_raw_data_form(self, data: Any, view: "APIView", method: str, request: Request) -> Any:
        """As above."""
        return None

    def get_context(
        self, data: Any, accepted_media_type: str | None, renderer_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the page shows."""
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        view, request, response = renderer_context["view"], renderer_context["request"], renderer_context["response"]
        here = resolve(request.path_info)
        paged = isinstance(data, Mapping) and {"results", "next", "previous"} <= set(data)
        filters = list(_filters(view, request)) if paged else []
        return {
            **context,
            "content": self._linked(context["content"], here.route),
            "tenant": getattr(request._request, "tenant", None),  # noqa: SLF001
            "actor": getattr(request._request, "actor", None),  # noqa: SLF001
            "forms": self.forms_of(view, request, data if isinstance(data, Mapping) else {}),
            "filters": [{**one, "value": request.query_params.get(one["name"], "")} for one in filters],
            "pages": self._pages(data, request) if paged else None,
            "below": [] if response.status_code >= 400 else readable_below(here.route),
            "etag": response.get("ETag", ""),
            "description": self.get_description(view, response.status_code),
        }

    def get_description(self, view: "APIView", status_code: int) -> SafeString:
        """What `GET` does, in the words of its docstring."""
        return _sentence(getattr(view, "get", None) or view)

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        """The way here; the root answers with and without its slash, and counts once."""
        way = super().get_breadcrumbs(request)
        return [step for step, before in zip(way, [("", ""), *way], strict=False) if step[0] != before[0]]

    def forms_of(self, view: "APIView", request: Request, shown: Mapping[str, Any]) -> list[dict[str, Any]]:
        """For each writing method that this person may call here: its sentence, its fields, a body to start from.

        What changes a thing begins with its present values, as `shown` on the page.
        """
        forms = []
        for method in WRITING:
            handler = getattr(view, method.lower(), None)
            if handler is None or not self._allowed(view, request):
                continue
            schema = documented(view, method)
            takes = schema.get_request_serializer() if schema else None
            forms.append(
                {
                    "method": method,
                    "description": _sentence(handler),
                    "fields": self._fields(takes, request, method, {} if method == "POST" else shown),
                    "sample": _sample(takes, {} if method == "POST" else shown),
                    "has_body": takes is not None and method != "DELETE",
                }
            )
        return forms

    @staticmethod
    def _allowed(view: "APIView", request: Request) -> bool:
        try:
            view.check_permissions(request)
        except (exceptions.APIException, AppError):
            return False
        return True

    @staticmethod
    def _fields(takes: Any, request: Request, method: str, shown: Mapping[str, Any]) -> str:
        """The serializer as a form, bound to what was sent when this very method was just refused."""
        if not (isinstance(takes, type) and issubclass(takes, serializers.Serializer)):
            return ""
        sent = request.data if request.method == method and hasattr(request.data, "keys") else None
        serializer = takes() if sent is None else takes(data=sent, partial=method == "PATCH")
        if sent is not None:
            serializer.is_valid()
        for name, field in serializer.fields.items():
            if name in shown:
                field.initial = shown[name]
            elif isinstance(field, serializers.JSONField) and field.initial is None:
                field.initial = {}
        style = {"template_pack": "rest_framework/vertical"}
        html: str = HTMLFormRenderer().render(serializer.data, "text/html", {"style": style})
        return html

    @staticmethod
    def _pages(data: Mapping[str, Any], request: Request) -> dict[str, str | None]:
        """The addresses of the neighbouring pages."""
        here = remove_query_param(request.get_full_path(), "cursor")
        sign = "&" if "?" in here else "?"
        return {name: data[name] and f"{here}{sign}cursor={data[name]}" for name in ("previous", "next")}

    @staticmethod
    def _linked(content: str, route: str) -> SafeString:
        """The body as text for a page: addresses become links, and so do the ids in a list."""
        collection = route.rstrip("/").rpartition("/")[2]

        def link(match: re.Match[str]) -> str:
            path = f"/api/v1/{collection}/{match[1]}"
            try:
                resolve(path)
            except Resolver404:
                return match[0]
            return format_html('&quot;id&quot;: &quot;<a href="{}">{}</a>&quot;', path, match[1])

        text = _ID.sub(link, str(urlize(escape(content))))
        return mark_safe(_PATH.sub(r'&quot;<a href="\1">\1</a>&quot;', text))  # noqa: S308  (escaped above)


def _sentence(described: Any) -> SafeString:
    """The first line of a docstring; what stands in backticks is code."""
    line = escape((described.__doc__ or "").strip().partition("\n")[0])
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", line))  # noqa: S308  (escaped above)


def _initial(field: "serializers.Field[Any, Any, Any, Any]") -> Any:
    """What a field holds when nothing was said; the first choice where there are choices."""
    choices = list(getattr(field, "choices", ()))
    return choices[0] if choices else field.get_initial()


def _sample(takes: Any, shown: Mapping[str, Any]) -> str:
    """A body to start from: what has to be said, and what the thing on the page holds now."""
    if isinstance(takes, type) and issubclass(takes, serializers.Serializer):
        body = {name: _initial(field) for name, field in takes().fields.items() if field.required or name in shown}
    elif hasattr(takes, "model_json_schema"):
        body = dict.fromkeys(takes.model_json_schema().get("required", ()), "")
    else:
        body = {}
    body.update({name: shown[name] for name in body if name in shown})
    return orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2).decode()


__all__ = ["StudioBrowsableRenderer", "documented"]
