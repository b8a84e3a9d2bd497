"""Text from a model server: streamed, counted, and taken as it is."""

from collections.abc import Callable

import pytest

from generation.exceptions import ProviderAnswerCut
from generation.providers import CompletionRequest, FinishReason, Usage
from generation.providers.openai_compatible import OpenAICompatibleProvider
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer

Make = Callable[..., OpenAICompatibleProvider]
Ask = Callable[..., CompletionRequest]


def test_text_is_streamed_to_the_caller_and_counted_by_the_server(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(text="one two three four five six")
    pieces: list[str] = []
    completion = make_provider().complete(ask("two words"), on_delta=pieces.append)
    assert pieces == ["one two three four ", "five six"]
    assert completion.text == "one two three four five six"
    assert completion.usage == Usage(2, 6, estimated=False)
    assert (completion.model, completion.provider) == ("played-model", "openai_compatible")
    assert completion.finish_reason is FinishReason.STOP
    assert completion.data is None


def test_request_says_what_was_asked_and_nothing_else(
    provider_server: ProviderServer, make_provider: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "environment-key")
    monkeypatch.setenv("OPENAI_ORG_ID", "environment-organisation")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Custom: environment")
    metadata = {"title": "only for scaffolds"}
    make_provider().complete(ask("hello", max_output_tokens=50, temperature=0.5, seed=7, metadata=metadata))
    (call,) = provider_server.calls
    assert call.body == {
        "model": "played-model",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 50,
        "temperature": 0.5,
        "seed": 7,
    }
    sent = {name.lower(): value for name, value in call.headers.items()}
    assert sent["authorization"] == "Bearer secret-key-1"
    assert "environment" not in str(sent)
    assert not any(name.startswith("x-") for name in sent)


def test_no_key_sends_no_authorization(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    make_provider(api_key="").complete(ask())
    assert "authorization" not in {name.lower() for name in provider_server.calls[0].headers}


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_is_not_used(
    variable: str, make_provider: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert make_provider().complete(ask()).text


def test_redirect_is_not_followed(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    target = f"{provider_server.base_url}/chat/completions"
    provider_server.script(Reply("status", status=307, headers={"Location": target}))
    with pytest.raises(Exception, match="rejected") as caught:
        make_provider().complete(ask())
    assert "redirects are not followed" in caught.value.operator_detail
    assert len(provider_server.calls) == 1


def test_server_without_stream_options_still_works_and_is_asked_without_them_from_then_on(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply("refuse", parameter="stream_options", text="Extra inputs are not permitted")
    provider = make_provider()
    first = provider.complete(ask())
    second = provider.complete(ask())
    assert first.text == second.text
    assert first.usage.estimated
    assert first.usage.total_tokens > 0
    assert ["stream_options" in call.body for call in provider_server.calls] == [True, False, False]


def test_refusal_that_repeats_the_request_gives_up_only_what_it_names_first(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    message = "stream_options: extra inputs are not permitted; input: {'temperature': 0.4, 'seed': 3, 'max_tokens': 9}"
    provider_server.default = Reply("refuse", parameter="stream_options", text=message)
    assert make_provider().complete(ask(temperature=0.4, seed=3, max_output_tokens=9)).text
    second = provider_server.calls[1].body
    assert {key: second[key] for key in ("temperature", "seed", "max_tokens")} == {
        "temperature": 0.4,
        "seed": 3,
        "max_tokens": 9,
    }


def test_server_that_wants_the_new_name_of_the_token_limit_gets_it(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    provider_server.default = Reply("refuse", parameter="max_tokens", text=message)
    assert make_provider().complete(ask(max_output_tokens=9)).text
    assert provider_server.calls[1].body["max_completion_tokens"] == 9
    assert provider_server.calls[1].body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("parameter", ["temperature", "seed"])
def test_parameter_that_a_model_refuses_is_left_out(
    parameter: str, provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply("refuse", parameter=parameter)
    assert make_provider().complete(ask(temperature=0.1, seed=1)).text
    assert parameter not in provider_server.calls[1].body
    assert len(provider_server.calls) == 2


def test_server_that_counts_nothing_gets_an_estimate(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply("no_usage", text="x" * 40)
    assert make_provider().complete(ask("y" * 20)).usage == Usage(5, 10, estimated=True)


def test_server_that_cannot_stream_is_read_in_one_piece(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply("whole", text="All at once.")
    pieces: list[str] = []
    completion = make_provider().complete(ask(), on_delta=pieces.append)
    assert (completion.text, pieces) == ("All at once.", ["All at once."])
    assert not completion.usage.estimated


def test_text_cut_at_the_token_limit_says_so(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    provider_server.default = Reply(text="It was a dark and", finish_reason="length")
    completion = make_provider().complete(ask())
    assert (completion.text, completion.finish_reason) == ("It was a dark and", FinishReason.LENGTH)


def test_nothing_but_thoughts_up_to_the_token_limit_is_a_cut_answer(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(text="<think>on and on</think>", finish_reason="length")
    with pytest.raises(ProviderAnswerCut) as caught:
        make_provider().complete(ask())
    assert not caught.value.temporary


def test_thoughts_before_the_text_are_taken_off(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    provider_server.default = Reply(text="<think>\nHow to begin?\n</think>\n\n# One\n\nHe began.")
    assert make_provider().complete(ask()).text == "# One\n\nHe began."


def test_error_of_the_callers_own_passes_through_and_closes_the_connection(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(chunk_seconds=0.05)

    def fail(_piece: str) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        make_provider().complete(ask(), on_delta=fail)
    provider_server.wait_until(lambda: provider_server.calls[0].outcome == "closed_by_client")
