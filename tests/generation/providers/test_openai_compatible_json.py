"""JSON from a model server: asked for by schema, validated here, mended once."""

from collections.abc import Callable
from typing import Any

import pytest

from generation.exceptions import ProviderAnswerCut, ProviderAnswerInvalid
from generation.providers import CompletionRequest, Usage
from generation.providers.openai_compatible import OpenAICompatibleProvider
from tests.generation.providers.conftest import PLAN_SCHEMA
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer

Make = Callable[..., OpenAICompatibleProvider]
Ask = Callable[..., CompletionRequest]
PLAN: dict[str, Any] = {"synopsis": "A plan.", "chapters": ["One", "Two"]}


def test_json_is_asked_for_by_schema_and_comes_parsed(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(data=PLAN)
    pieces: list[str] = []
    completion = make_provider().complete(ask(schema=PLAN_SCHEMA), on_delta=pieces.append)
    assert completion.data == PLAN
    assert pieces == []
    (call,) = provider_server.calls
    wanted = call.body["response_format"]["json_schema"]
    assert wanted["strict"] is True
    assert "stream" not in call.body
    chapters = wanted["schema"]["properties"]["chapters"]
    assert chapters == {"type": "array", "items": {"type": "string"}}, "what servers may not know is checked here"


def test_answer_that_breaks_the_schema_is_mended_once(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    bad = {"synopsis": "A plan.", "chapters": ["Only one"]}
    provider_server.script(Reply(data=bad), Reply(data=PLAN))
    completion = make_provider().complete(ask("please", schema=PLAN_SCHEMA))
    assert completion.data == PLAN
    _first, second = provider_server.calls
    assert [message["role"] for message in second.messages] == ["user", "assistant", "user"]
    assert "Only one" in second.messages[1]["content"]
    assert "$.chapters" in second.messages[2]["content"]
    assert completion.usage == Usage(1 + sum(len(m["content"].split()) for m in second.messages), 6 + 6)


def test_answer_is_not_mended_twice(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    provider_server.default = Reply(text="never JSON")
    with pytest.raises(ProviderAnswerInvalid) as caught:
        make_provider().complete(ask(schema=PLAN_SCHEMA))
    assert len(provider_server.calls) == 2
    assert "never JSON" in caught.value.operator_detail


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"synopsis": "A plan.", "chapters": ["One", "Two"]}\n```',
        '<think>hm</think>\n{"synopsis": "A plan.", "chapters": ["One", "Two"]}',
    ],
)
def test_wrapping_around_the_object_is_taken_off(
    text: str, provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(text=text)
    assert make_provider().complete(ask(schema=PLAN_SCHEMA)).data == PLAN
    assert len(provider_server.calls) == 1


@pytest.mark.parametrize("text", ["[1]", "NaN", '{"synopsis": NaN, "chapters": ["a", "b"]}', "[" * 100_000])
def test_json_that_is_no_object_of_json_is_refused(
    text: str, provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(text=text)
    with pytest.raises(ProviderAnswerInvalid):
        make_provider().complete(ask(schema=PLAN_SCHEMA))


def test_answer_cut_at_the_token_limit_is_not_sent_back(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(text='{"synopsis": "A pl', finish_reason="length")
    with pytest.raises(ProviderAnswerCut):
        make_provider().complete(ask(schema=PLAN_SCHEMA))
    assert len(provider_server.calls) == 1


def test_server_that_refuses_schemas_is_asked_for_an_object_with_the_schema_in_the_prompt(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    message = "response_format type json_schema is unavailable now"
    refused = Reply("status", status=400, body={"error": {"message": message}}, match='"json_schema"')
    provider_server.script(refused)
    provider_server.default = Reply(data=PLAN)
    provider = make_provider()
    assert provider.complete(ask(schema=PLAN_SCHEMA)).data == PLAN
    second = provider_server.calls[1]
    assert second.body["response_format"] == {"type": "json_object"}
    assert '"synopsis"' in second.messages[-1]["content"]
    provider.complete(ask(schema=PLAN_SCHEMA))
    assert provider_server.calls[2].body["response_format"] == {"type": "json_object"}


def test_server_that_knows_no_response_format_is_asked_in_words(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply("refuse", parameter="response_format", data=PLAN)
    assert make_provider().complete(ask(schema=PLAN_SCHEMA)).data == PLAN
    formats = [call.body.get("response_format", {}).get("type") for call in provider_server.calls]
    assert formats == ["json_schema", "json_object", None]


def test_refusal_that_never_ends_gives_up(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    provider_server.default = Reply("status", status=400, body={"error": {"message": "no"}})
    with pytest.raises(Exception, match="rejected"):
        make_provider().complete(ask(schema=PLAN_SCHEMA, temperature=0.3, seed=1))
    assert len(provider_server.calls) <= 4
