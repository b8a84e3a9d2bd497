"""Any server that speaks the OpenAI chat protocol: DeepSeek, Groq, Ollama, OpenAI, vLLM, llama.cpp and their like."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import httpx2
import openai
from django.conf import settings

from generation.exceptions import (
    ProviderAnswerCut,
    ProviderAnswerInvalid,
    ProviderMisconfigured,
    ProviderRequestRejected,
)
from generation.providers.base import (
    Completion,
    CompletionRequest,
    FinishReason,
    Message,
    MessageRole,
    OnDelta,
    Provider,
    ShouldStop,
    Usage,
    estimate_tokens,
)
from generation.providers.structured import parse_answer, without_thoughts
from generation.providers.wording import repair_message, schema_message

from .answers import Answer, chunks_of, whole_body
from .dialect import Dialect, JsonMode, dialect_of, remember
from .faults import error_words, own_error
from .transport import ProviderTransport
from .watch import CallWatch, Timeouts

# Statuses with which servers refuse a parameter they do not know.
REFUSAL_STATUSES = (400, 422)


class OpenAICompatibleProvider(Provider):
    """One endpoint and one model of it. Text is streamed; JSON comes whole, because some servers can't do both."""

    name = "openai_compatible"

    def __init__(self, *, base_url: str, model: str, api_key: str = "", timeouts: Timeouts | None = None) -> None:
        """Keep where to ask; raises `ProviderMisconfigured` for an address or a key that can't be sent."""
        try:
            url = httpx2.URL(base_url)
        except (httpx2.InvalidURL, TypeError) as error:
            raise ProviderMisconfigured(operator_detail=f"base URL: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            found = base_url[:200]
            raise ProviderMisconfigured(
                operator_detail=f"base URL: expected http://... or https://..., found {found!r}"
            )
        if not api_key.isascii() or not api_key.isprintable():
            raise ProviderMisconfigured(operator_detail="API key: expected printable ASCII characters only")
        if not model.strip():
            raise ProviderMisconfigured(operator_detail="model: expected a name, found nothing")
        self.base_url = base_url
        self.timeouts = timeouts or Timeouts()
        self._api_key = api_key
        self._model = model

    @classmethod
    def from_settings(cls) -> Self:
        """The operator's own endpoint from LLM_BASE_URL, LLM_API_KEY and LLM_MODEL, with its time limits."""
        timeouts = Timeouts(
            first_token_seconds=settings.LLM_FIRST_TOKEN_TIMEOUT_S, total_seconds=settings.LLM_TIMEOUT_S
        )
        return cls(
            base_url=settings.LLM_BASE_URL,
            model=settings.LLM_MODEL,
            api_key=settings.LLM_API_KEY,
            timeouts=timeouts,
        )

    @property
    def model(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    def complete(
        self,
        request: CompletionRequest,
        *,
        on_delta: OnDelta | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Completion:
        """Ask the endpoint; the time limits hold for the whole call, a repair of a JSON answer included."""
        watch = CallWatch(self.timeouts, should_stop)
        watch.check()
        transport = ProviderTransport(watch, api_key=self._api_key)
        http_client = httpx2.Client(transport=transport, follow_redirects=False, trust_env=False)
        with openai.OpenAI(
            api_key="sent by the transport",
            base_url=self.base_url,
            max_retries=0,
            timeout=None,
            http_client=http_client,
        ) as client:
            call = _Call(client, self, watch, on_delta)
            try:
                if request.schema is not None:
                    return call.structured(request, request.schema)
                return call.text(request)
            except openai.OpenAIError as error:
                raise own_error(error, api_key=self._api_key) from error


class _Call:
    """One call in progress: the client, the clock, and what the server was found to understand."""

    def __init__(
        self, client: openai.OpenAI, provider: OpenAICompatibleProvider, watch: CallWatch, on_delta: OnDelta | None
    ) -> None:
        self._client = client
        self._provider = provider
        self._watch = watch
        self._on_delta = on_delta

    def text(self, request: CompletionRequest) -> Completion:
        """A text answer, streamed."""
        answer = self._asked(request)
        reason = answer.finished()
        text = without_thoughts(answer.text)
        if not text.strip():
            kind = ProviderAnswerCut if reason is FinishReason.LENGTH else ProviderAnswerInvalid
            raise kind(operator_detail=f"expected text, found none; finish_reason: {answer.finish}")
        return self._completion(answer, text, reason=reason, usage=_usage(request, answer))

    def structured(self, request: CompletionRequest, schema: Mapping[str, Any]) -> Completion:
        """A JSON answer that validates; one that does not is sent back once to be mended."""
        answer = self._asked(request)
        usage = _usage(request, answer)
        try:
            data = _data(answer, schema)
        except ProviderAnswerCut:
            raise
        except ProviderAnswerInvalid as problem:
            again = _with_repair(request, answer.text, problem.operator_detail)
            answer = self._asked(again)
            usage += _usage(again, answer)
            data = _data(answer, schema)
        return self._completion(answer, answer.text, reason=answer.finished(), usage=usage, data=data)

    def _asked(self, request: CompletionRequest) -> Answer:
        """Send the request in the richest dialect that the server takes."""
        address, model = self._provider.base_url, self._provider.model
        dialect = dialect_of(address, model)
        while True:
            try:
                answer = self._sent(request, dialect)
            except openai.APIStatusError as error:
                refused = error.status_code in REFUSAL_STATUSES
                unknown = own_error(error, api_key="").job_code == ProviderRequestRejected.job_code
                simpler = dialect.simpler(request, error_words(error)) if refused and unknown else None
                if simpler is None:
                    raise
                dialect = simpler
            else:
                remember(address, model, dialect)
                return answer

    def _sent(self, request: CompletionRequest, dialect: Dialect) -> Answer:
        messages = [{"role": one.role.value, "content": one.content} for one in request.messages]
        if request.schema is not None and dialect.json_mode is not JsonMode.SCHEMA:
            messages.append({"role": MessageRole.USER.value, "content": schema_message(request.schema)})
        body: dict[str, Any] = {"model": self._provider.model, "messages": messages, **dialect.parameters(request)}
        return self._whole(body) if request.schema is not None else self._streamed(body)

    def _whole(self, body: Mapping[str, Any]) -> Answer:
        create: Any = self._client.chat.completions.with_raw_response.create
        answer = Answer()
        answer.take_whole(whole_body(create(**body).content))
        return answer

    def _streamed(self, body: Mapping[str, Any]) -> Answer:
        create: Any = self._client.chat.completions.create
        self._watch.await_first_token()
        answer = Answer()
        with create(**body, stream=True) as stream:
            media_type = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type == "application/json":
                answer.take_whole(whole_body(stream.response.read()))
                self._tell(answer.text)
                return answer
            if media_type == "text/html":
                detail = f"expected text/event-stream, found {media_type}: is the base URL that of the API?"
                raise ProviderAnswerInvalid(operator_detail=detail)
            for chunk in chunks_of(stream):
                piece = answer.take_chunk(chunk)
                if answer.began:
                    self._watch.first_token_came()
                self._tell(piece)
        self._watch.first_token_came()
        return answer

    def _tell(self, piece: str) -> None:
        if piece and self._on_delta is not None:
            self._on_delta(piece)

    def _completion(
        self,
        answer: Answer,
        text: str,
        *,
        reason: FinishReason,
        usage: Usage,
        data: dict[str, Any] | None = None,
    ) -> Completion:
        return Completion(
            text=text,
            usage=usage,
            model=answer.model or self._provider.model,
            provider=self._provider.name,
            finish_reason=reason,
            data=data,
        )


def _data(answer: Answer, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The valid JSON object of an answer; raises `ProviderAnswerCut` for one that reached the limit of tokens."""
    if answer.finished() is FinishReason.LENGTH:
        raise ProviderAnswerCut(operator_detail=f"finish_reason: length after {answer.received_chars} characters")
    return parse_answer(answer.text, schema)


def _with_repair(request: CompletionRequest, text: str, problem: str) -> CompletionRequest:
    """The request again, with the answer that could not be used and what was wrong with it."""
    added = (Message(MessageRole.ASSISTANT, text), Message(MessageRole.USER, repair_message(problem)))
    return replace(request, messages=(*request.messages, *added))


def _usage(request: CompletionRequest, answer: Answer) -> Usage:
    """The server's own count, or our estimate."""
    if answer.usage is not None:
        return answer.usage
    prompt_tokens = sum(estimate_tokens(message.content) for message in request.messages)
    return Usage(prompt_tokens, estimate_tokens(answer.text), estimated=True)
