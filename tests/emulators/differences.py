"""What the Slack simulator and two emulators answer to the same calls, and what Slack's reference says.

`test_differences` asks all three; ``python -m tests.emulators.differences`` prints the table. Nobody asked Slack
itself. "Slack" is what its reference says: the errors of each method in slack-ruby/slack-api-ref @f4837c0, a copy of
docs.slack.dev; limits of blocks from docs.slack.dev/block-kit; of the header from node-slack-sdk's WebClient; of blocks
that go when only text is changed from smstoslack/slack_kit @3a6a6c4, another copy; the rest of facts in the simulator's
own modules. None: the reference does not say.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

NONE = "-"
POST = "chat.postMessage"


class CannotBeAsked(Exception):
    """This place has no way to ask that."""


@dataclass(frozen=True)
class Place:
    """One of the three, with the like workspace in it.

    Args:
        client: makes a client with a token.
        token: the bot's.
        outsider: somebody who is in no channel.
        spoken: makes Alice say something in the general channel and returns its ts.
        response_url: returns a new response_url of a slash command.
    """

    client: Callable[[str | None], WebClient]
    token: str
    alice: str
    outsider: str
    general: str
    no_bot: str
    secret: str
    archived: str | None
    spoken: Callable[[], str]
    response_url: Callable[[], str] | None

    @property
    def web(self) -> WebClient:
        """A client with the bot's token."""
        return self.client(self.token)

    def post(self, channel: str | None = None, **message: Any) -> Any:
        """Post as the bot to a channel, by default the general one; return the answer."""
        body = {"channel": channel or self.general, "text": "x", **message}
        return self.web.api_call(POST, json=body)  # its own method of the SDK warns of a message without text

    def update(self, ts: str, **message: Any) -> Any:
        """Change a message of the general channel and return it."""
        return self.web.api_call("chat.update", json={"channel": self.general, "ts": ts, **message})["message"]

    def whisper(self, user: str) -> None:
        """Post to somebody alone in the general channel."""
        self.web.chat_postEphemeral(channel=self.general, user=user, text="x")

    def upload(self, channel: str | None) -> None:
        """Share a file in a channel."""
        self.web.files_upload_v2(channel=had(channel), filename="a.csv", content=b"x")

    def respond(self, times: int = 1, **message: Any) -> str:
        """Post so often through one response_url and return the last answer."""
        webhook = WebhookClient(had(self.response_url)())
        answers = [webhook.send_dict(message) for _ in range(times)]
        body = answers[-1].body.partition('"error": "')
        return f"{answers[-1].status_code} {body[2].partition(chr(34))[0] or body[0]}".strip()


@dataclass(frozen=True)
class Case:
    """One call and its answers: ``ok``, Slack's name of an error, or what the call tells; - cannot be asked.

    Args:
        answers: of simulator, local-slack and emulate.
        slack: what the reference says, None when it does not.
    """

    what: str
    run: Callable[[Place], object]
    answers: tuple[str, str, str]
    slack: str | None


def answer(case: Case, place: Place) -> str:
    """Return what a place answers."""
    try:
        found = case.run(place)
    except CannotBeAsked:
        return NONE
    except SlackApiError as error:
        return str(error.response.get("error") or f"HTTP {error.response.status_code}")
    return found if isinstance(found, str) else "ok"


def had(value: Any) -> Any:
    """Return a value. Raises: CannotBeAsked: this place has none."""
    if value is None:
        raise CannotBeAsked
    return value


def section(chars: int) -> dict[str, Any]:
    """Return a section with so many characters."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * chars}}


def _blocks_after(place: Place, **change: Any) -> str:
    message = place.update(place.post(blocks=[section(3)])["ts"], **change)
    return "blocks stay" if message.get("blocks") else "blocks go"


def _cut(place: Place) -> str:
    answered = place.post(text="x" * 40_001)
    return f"{len(answered['message']['text'])} {answered.get('warning') or ''}".strip()


def _has_locale(place: Place) -> str:
    return "told" if place.web.users_info(user=place.alice, include_locale=True)["user"].get("locale") else "not told"


def _has_scopes(place: Place) -> str:
    return "told" if "x-oauth-scopes" in map(str.lower, place.web.auth_test().headers) else "not told"


def _is_member(place: Place) -> str:
    return "member" if place.web.conversations_info(channel=place.no_bot)["channel"]["is_member"] else "no member"


def _has_sharing(place: Place) -> str:
    return "told" if "is_ext_shared" in place.web.conversations_info(channel=place.general)["channel"] else "not told"


def _share_before_bytes(place: Place) -> None:
    file = place.web.files_getUploadURLExternal(filename="a.csv", length=1)["file_id"]
    place.web.files_completeUploadExternal(files=[{"id": file}], channel_id=place.general)


def _case(what: str, run: Callable[[Place], object], answers: str, slack: str | None = None) -> Case:
    """Return a case from ``simulator | local-slack | emulate``."""
    first, second, third = (part.strip() for part in answers.split(" | "))
    return Case(what, run, (first, second, third), slack)


def _agreed(what: str, run: Callable[[Place], object], answers: str) -> Case:
    """Return a case in which the simulator does as the reference says."""
    return _case(what, run, answers, answers.split(" | ")[0].strip())


TOKENS = (
    _agreed("auth.test, no token", lambda at: at.client(None).auth_test(), "not_authed | ok | not_authed"),
    _agreed("auth.test, a token nobody gave", lambda at: at.client("xoxb-no").auth_test(), "invalid_auth | ok | ok"),
    _agreed("auth.test, scopes in the header", _has_scopes, "told | not told | not told"),
    _agreed("no such method", lambda at: at.web.api_call("chat.no"), "unknown_method | unknown_method | HTTP 404"),
)

MESSAGES = (
    _agreed(f"{POST}, no text, no blocks", lambda at: at.post(text=""), "no_text | ok | no_text"),
    _agreed(
        f"{POST}, no such channel",
        lambda at: at.post("C0NONE0000"),
        "channel_not_found | channel_not_found | channel_not_found",
    ),
    _agreed(f"{POST}, public without the bot", lambda at: at.post(at.no_bot), "not_in_channel | ok | ok"),
    _case(f"{POST}, private without the bot", lambda at: at.post(at.secret), "channel_not_found | ok | not_in_channel"),
    _agreed(f"{POST}, archived", lambda at: at.post(had(at.archived)), "is_archived | - | is_archived"),
    _agreed(f"{POST}, id of a user", lambda at: at.post(at.alice), "ok | ok | ok"),
    _agreed(f"{POST}, 40,001 characters", _cut, "40000 message_truncated | 40001 | 40000 message_truncated"),
    _agreed(f"{POST}, section of 3,001", lambda at: at.post(blocks=[section(3001)]), "invalid_blocks | ok | ok"),
    _agreed(f"{POST}, 51 blocks", lambda at: at.post(blocks=[section(3)] * 51), "invalid_blocks | ok | ok"),
    _agreed(f"{POST}, unknown block", lambda at: at.post(blocks=[{"type": "chart"}]), "invalid_blocks | ok | ok"),
    _case(f"{POST}, blocks of 12,000", lambda at: at.post(blocks=[section(3000)] * 4), "msg_blocks_too_long | ok | ok"),
    _agreed(
        f"{POST}, blocks no array",
        lambda at: at.post(blocks={"type": "divider"}),
        "invalid_blocks_format | ok | invalid_blocks",
    ),
    _agreed(
        "chat.postEphemeral, user not in the channel",
        lambda at: at.whisper(at.outsider),
        "user_not_in_channel | ok | user_not_in_channel",
    ),
    _agreed(
        "chat.postEphemeral, no such user",
        lambda at: at.whisper("U0NONE0000"),
        "user_not_in_channel | ok | user_not_found",
    ),
    _agreed(
        "chat.update, 4,001 characters",
        lambda at: at.update(at.post()["ts"], text="x" * 4001),
        "msg_too_long | ok | ok",
    ),
    _agreed(
        "chat.update, no such message",
        lambda at: at.update("1.000001", text="x"),
        "message_not_found | message_not_found | message_not_found",
    ),
    _agreed(
        "chat.update, somebody else's message",
        lambda at: at.update(at.spoken(), text="x"),
        "cant_update_message | ok | cant_update_message",
    ),
    _agreed("chat.update, text alone", lambda at: _blocks_after(at, text="y"), "blocks go | blocks go | blocks go"),
    _agreed(
        "chat.update, no blocks",
        lambda at: _blocks_after(at, text="y", blocks=[]),
        "blocks go | blocks go | blocks go",
    ),
)

PEOPLE_AND_CHANNELS = (
    _agreed(
        "users.info, no such user",
        lambda at: at.web.users_info(user="U0NONE0000"),
        "user_not_found | user_not_found | user_not_found",
    ),
    _agreed("users.info, include_locale", _has_locale, "told | not told | not told"),
    _agreed(
        "conversations.info, no such channel",
        lambda at: at.web.conversations_info(channel="C0NONE0000"),
        "channel_not_found | channel_not_found | channel_not_found",
    ),
    _agreed(
        "conversations.info, private without the bot",
        lambda at: at.web.conversations_info(channel=at.secret),
        "channel_not_found | ok | not_in_channel",
    ),
    _agreed("conversations.info, public without the bot", _is_member, "no member | member | no member"),
    _agreed("conversations.info, shared or not", _has_sharing, "told | not told | not told"),
    _agreed(
        "conversations.open, no such user",
        lambda at: at.web.conversations_open(users="U0NONE0000"),
        "user_not_found | ok | user_not_found",
    ),
    _agreed(
        "conversations.open, nobody",
        lambda at: at.web.api_call("conversations.open"),
        "users_list_not_supplied | ok | users_list_not_supplied",
    ),
    _agreed(
        "usergroups.users.list, no such group",
        lambda at: at.web.usergroups_users_list(usergroup="S0NONE0000"),
        "no_such_subteam | unknown_method | HTTP 404",
    ),
)

FILES = (
    _agreed(
        "upload, 0 bytes",
        lambda at: at.web.files_getUploadURLExternal(filename="a.csv", length=0),
        "missing_argument | ok | ok",
    ),
    _agreed("upload, without the bot", lambda at: at.upload(at.no_bot), "not_in_channel | ok | ok"),
    _agreed(
        "upload, no such channel",
        lambda at: at.upload("C0NONE0000"),
        "channel_not_found | channel_not_found | channel_not_found",
    ),
    _case("upload, archived", lambda at: at.upload(at.archived), "is_archived | - | is_archived"),
    _agreed("upload, id of a user as channel_id", lambda at: at.upload(at.alice), "channel_not_found | ok | ok"),
    _agreed("upload, shared before its bytes", _share_before_bytes, "file_not_found | file_not_found | file_not_found"),
)

RESPONSE_URLS = (
    _case("response_url", lambda at: at.respond(text="x"), "200 ok | 200 | -"),
    _case("response_url, sixth use", lambda at: at.respond(6, text="x"), "404 used_url | 200 | -"),
    _case("response_url, neither", lambda at: at.respond(response_type="ephemeral"), "400 no_text | 200 | -"),
    _case(
        "response_url, section of 3,001",
        lambda at: at.respond(text="x", blocks=[section(3001)]),
        "400 invalid_blocks | 200 | -",
    ),
)

CASES = (*TOKENS, *MESSAGES, *PEOPLE_AND_CHANNELS, *FILES, *RESPONSE_URLS)


def table() -> str:
    """Return the differences as Markdown."""
    rows = [("call", "simulator", "local-slack", "emulate", "Slack's reference"), ("---",) * 5]
    rows += [(case.what, *case.answers, case.slack or "does not say") for case in CASES if len({*case.answers}) > 1]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
