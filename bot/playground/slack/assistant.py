"""The assistant.threads.* methods: what the bot is doing in a thread, and what a person might ask."""

import re
from typing import Any

from bot.playground.slack.state import Body, Params, RefusedError, State, text
from bot.playground.slack.workspace import Prompts, Status

#: Most loading messages of a status, most prompts at a time (docs.slack.dev, the two methods).
LOADING_MESSAGES, PROMPTS = 10, 4


def set_status(state: State, params: Params) -> Body:
    """assistant.threads.setStatus: replaces the status of the thread; an empty one ends it.

    A thread is not looked up: Slack keeps threads of messages that are gone.
    """
    channel = state.writable(text(params, "channel_id"))
    thread_ts = text(params, "thread_ts")
    if not re.fullmatch(r"\d+\.\d+", thread_ts):
        raise RefusedError("invalid_thread_ts")
    if params.get("status") is None:
        raise _invalid("missing required field: status")
    loading = params.get("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > LOADING_MESSAGES:
        raise _invalid(f"loading_messages must be an array of no more than {LOADING_MESSAGES} items")
    said, workspace = str(params["status"]), state.workspace
    workspace.end_statuses(channel.id, thread_ts)
    if said:
        workspace.statuses.append(Status(channel.id, thread_ts, said, tuple(map(str, loading)), workspace.clock()))
    workspace.changed.notify_all()
    return {}


def set_suggested_prompts(state: State, params: Params) -> Body:
    """assistant.threads.setSuggestedPrompts, as for an app with ``agent_view``: with ``thread_ts`` nothing happens."""
    channel = state.visible(text(params, "channel_id"))
    if state.faults.agent_is_off:
        raise RefusedError("not_agent_app")
    prompts = params.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= PROMPTS or not all(map(_is_prompt, prompts)):
        raise _invalid(f"prompts must be an array of 1 to {PROMPTS} objects with title and message")
    if params.get("thread_ts"):
        state.workspace.found("assistant.threads.setSuggestedPrompts: nothing is shown, because thread_ts is given")
        return {}
    state.workspace.prompts.append(Prompts(channel.id, str(params.get("title") or ""), prompts))
    state.workspace.changed.notify_all()
    return {}


def _is_prompt(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) and value[key] for key in ("title", "message")
    )


def _invalid(problem: str) -> RefusedError:
    return RefusedError("invalid_arguments", response_metadata={"messages": [problem]})
