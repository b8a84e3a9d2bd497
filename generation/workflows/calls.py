"""A step that asks a provider: its input, its call, what is stored of the answer."""

from typing import Any

from generation.jobs.kinds import Estimate
from generation.jobs.provider_calls import ask
from generation.jobs.run import JobRun, Outcome
from generation.prompts import RenderedPrompt
from generation.providers import (
    Completion,
    CompletionRequest,
    FinishReason,
    Purpose,
    RequestMetadata,
    estimate_tokens,
    provider_from_settings,
)

CHARACTERS_PER_WORD = 6
TOKENS_PER_WORD = 1.5
WORDS_WHEN_NOBODY_SAID = 1_500
TOKENS_PER_PLANNED_CHAPTER = 350

NO_MODEL = "No language model is asked: the scaffold is made of the brief, the plan and the notes."
RULE = (
    f"Prompts as they would be sent now, at four characters a token; answers at {TOKENS_PER_WORD} tokens a word, "
    f"{WORDS_WHEN_NOBODY_SAID} words a chapter where no length is asked for, {TOKENS_PER_PLANNED_CHAPTER} tokens a "
    "planned chapter. The price of the model is not known here."
)


def asked(
    run: JobRun,
    step: str,
    prompt: RenderedPrompt,
    *,
    purpose: Purpose,
    metadata: RequestMetadata,
    expected_words: int = 0,
) -> dict[str, Any]:
    """The answer as `{"text", "data", "cut"}`; stored, and not asked for again while prompt and material are the same.

    `cut` says that the answer ended at the limit of output tokens.

    Raises:
        ProviderError, JobInterrupted: as `generation.jobs.provider_calls.ask`.
    """
    provider = provider_from_settings()
    request = CompletionRequest(messages=prompt.messages, purpose=purpose, schema=prompt.schema, metadata=metadata)
    inputs = {
        "messages": [[message.role, message.content] for message in prompt.messages],
        "schema": prompt.schema,
        "metadata": metadata,
    }

    def work() -> Outcome:
        completion = ask(run, provider, request, expected_characters=expected_words * CHARACTERS_PER_WORD)
        return _outcome(prompt, completion)

    return run.call(step, inputs, work)


def _outcome(prompt: RenderedPrompt, completion: Completion) -> Outcome:
    cut = completion.finish_reason is FinishReason.LENGTH
    # A JSON answer is stored once, as data.
    output = {"text": "" if completion.data is not None else completion.text, "data": completion.data, "cut": cut}
    return Outcome(
        output,
        prompt=f"{prompt.name}@{prompt.version}",
        provider=completion.provider,
        model=completion.model,
        usage=completion.usage,
    )


def estimate(calls: list[tuple[RenderedPrompt, int]]) -> Estimate:
    """The estimate of calls given as (prompt, expected tokens of the answer)."""
    provider = provider_from_settings()
    if provider.name == "scaffold":
        return Estimate(provider.name, provider.model, len(calls), 0, 0, "0", NO_MODEL)
    prompt_tokens = sum(estimate_tokens(message.content) for prompt, _tokens in calls for message in prompt.messages)
    completion_tokens = sum(tokens for _prompt, tokens in calls)
    return Estimate(provider.name, provider.model, len(calls), prompt_tokens, completion_tokens, None, RULE)


def no_calls() -> Estimate:
    """The estimate of a job that asks no provider."""
    return Estimate("", "", 0, 0, 0, "0", "No provider is asked.")


def tokens_of_words(words: int) -> int:
    """Tokens of an answer of that many words; 0 words mean that nobody said."""
    return round((words or WORDS_WHEN_NOBODY_SAID) * TOKENS_PER_WORD)
