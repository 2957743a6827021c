"""What people do in the workspace: everything here ends in a delivery to the bot."""

from abc import ABC, abstractmethod
from typing import Any, Literal

from bot.playground.slack import home, modals, payloads
from bot.playground.slack.delivery import Delivery, Kind
from bot.playground.slack.elements import suggestions
from bot.playground.slack.responses import Responses
from bot.playground.slack.workspace import BOT_USER, Block, Message, User, Workspace

#: How long `People.suggest` waits for what becomes of a request; Slack gives up on it before.
OPTION_SECONDS = 30.0


class People(ABC):
    """The part of the simulator that speaks, clicks and opens things."""

    workspace: Workspace
    responses: Responses

    @abstractmethod
    def _deliver(self, kind: Kind, payload: dict[str, Any], url: str | None) -> Delivery:
        """Deliver a payload; ``url`` is the response_url it holds."""

    def command(
        self,
        text: str,
        user: str = "U0ALICE",
        channel: str = "C0GENERAL",
        command: str = "/runtime",
        **overrides: Any,
    ) -> Delivery:
        """Type a slash command; ``overrides`` change the form."""
        url = self.responses.create(channel, user, typed=f"{command} {text}".strip())
        who, where = self.workspace.users[user], self.workspace.channels[channel]
        form = payloads.command(self.workspace, who, where, command, text, url) | overrides
        return self._deliver("slash_commands", form, url)

    def mention(
        self,
        text: str,
        user: str = "U0ALICE",
        channel: str = "C0GENERAL",
        thread_ts: str | None = None,
        **event_overrides: Any,
    ) -> Delivery:
        """Say something to the bot in a channel; the mention itself is put in front."""
        return self._say("app_mention", f"<@{BOT_USER}> {text}", user, channel, thread_ts, event_overrides)

    def message(
        self, text: str, user: str = "U0ALICE", thread_ts: str | None = None, **event_overrides: Any
    ) -> Delivery:
        """Say something to the bot in a direct message."""
        return self._say("message", text, user, "D" + user[1:], thread_ts, event_overrides)

    def click(self, message: Message, label_or_action_id: str, user: str = "U0ALICE") -> Delivery:
        """Press a button, half of a pair of feedback buttons by its label, or choose an option of a menu by its label.

        Raises: LookupError: this user sees no such button.
        """
        button = payloads.find_button(message.blocks, label_or_action_id) if self._sees(user, message) else None
        if button is None:
            raise LookupError(f"{user} sees no {label_or_action_id!r} in {message.text!r}")
        url = self.responses.create(message.channel, user, original=message)
        body = payloads.click(self.workspace, message, button, self.workspace.users[user], url)
        return self._deliver("interactive", body, url)

    def shortcut(
        self,
        message: Message | str,
        callback_id: str = "ask_about_this",
        user: str = "U0ALICE",
        channel: str = "C0GENERAL",
        author: str | None = "U0MINJI",
        **message_overrides: Any,
    ) -> Delivery:
        """Choose a message shortcut, from the menu of any message; the bot need not be in the channel.

        Args:
            message: one of the bot's, or the text of one that somebody else wrote.
            channel, author: of such a text; without an author another app wrote it.
            message_overrides: change the message in the payload: ``blocks``, ``attachments``, ``thread_ts``, ``ts``.

        Raises: LookupError: this user sees no such message.
        """
        if isinstance(message, Message):
            if not self._sees(user, message):
                raise LookupError(f"{user} does not see {message.text!r}")
            channel, shown = message.channel, payloads.shown(message)
        else:
            shown = payloads.written(message, self.workspace.new_ts(), author)
        shown |= message_overrides
        if not isinstance(message, Message):
            with self.workspace.changed:
                self.workspace.spoken.add((channel, shown["ts"]))
        where, who = self.workspace.channels[channel], self.workspace.users[user]
        url = self.responses.create(channel, user)
        return self._deliver("interactive", payloads.shortcut(self.workspace, callback_id, shown, where, who, url), url)

    def open_home(self, user: str = "U0ALICE", tab: Literal["home", "messages"] = "home") -> Delivery:
        """Open a tab of the bot's own place in the sidebar."""
        event = home.opened(self.workspace, self.workspace.users[user], tab)
        channel = self.workspace.channels[event["channel"]]
        return self._deliver("events_api", payloads.event(self.workspace, event, channel), None)

    def click_home(self, user: str, label_or_action_id: str, selected: list[str] | None = None) -> Delivery:
        """Press a button in the Home of a user, or choose an option of a menu by its label.

        Args:
            selected: of a menu that asks the bot for its options, the values of all that are chosen now; it has to
                have offered them, in what was published or in an answer to `suggest`.

        Raises: LookupError: there is no such button, menu or option.
        """
        with self.workspace.changed:
            who = self._at_home(user)
            if selected is not None:
                body = home.choose(self.workspace, who, label_or_action_id, selected)
            elif (body := home.click(self.workspace, who, label_or_action_id) or {}) == {}:
                raise LookupError(f"{user} sees no {label_or_action_id!r} in Home")
        return self._deliver("interactive", body, None)

    def suggest(self, user: str, action_id: str, query: str = "") -> list[Block]:
        """Type into a menu of a Home and return the options that the bot acknowledges the request with.

        Options Slack would not show are a fault found, and none are returned.

        Raises:
            LookupError: there is no such menu, or it asks for no options before more is typed.
            TimeoutError: nothing acknowledged the request in time.
        """
        with self.workspace.changed:
            body = home.suggestion(self.workspace, self._at_home(user), action_id, query)
        return self._options_of(body, (user, action_id), f"{action_id} for {query!r}")

    def _options_of(self, body: dict[str, Any], menu: tuple[str, str], asked: str) -> list[Block]:
        delivery = self._deliver("interactive", body, None)
        delivery.wait(lambda: delivery.acked or delivery.error is not None, OPTION_SECONDS)
        if delivery.error is not None or not delivery.acked:
            raise TimeoutError(f"no options of {asked}: {delivery.error}")
        answer = delivery.ack_payload or {}
        with self.workspace.changed:
            if wrong := [str(problem) for problem in suggestions(answer)]:
                self.workspace.found(f"block_suggestion: {'; '.join(wrong)}")
                return []
            options: list[Block] = answer["options"]
            self.workspace.offered.setdefault(menu, {}).update({item["value"]: item for item in options})
            return options

    def modal(self, user: str = "U0ALICE") -> dict[str, Any] | None:
        """Return the view that somebody has open, None when they have none."""
        with self.workspace.changed:
            return next((view for who, view in self.workspace.modals.values() if who == user), None)

    def submit(self, user: str = "U0ALICE", **changed: Any) -> Delivery:
        """Save the form that somebody has open; it closes once that is acknowledged without a word.

        Args:
            changed: by block id, what is chosen or written now: a text, or a list of texts where several can be.

        Raises: LookupError: there is no such form or field, or no such choice.
        """
        with self.workspace.changed:
            view = self.modal(user)
            if view is None:
                raise LookupError(f"{user} has no form open")
            body = modals.submission(self.workspace, self.workspace.users[user], view, changed)
        delivery = self._deliver("interactive", body, None)
        delivery.wait(lambda: delivery.acked or delivery.error is not None, OPTION_SECONDS)
        if delivery.acked and not delivery.ack_payload:
            self.close_modal(user)
        return delivery

    def close_modal(self, user: str = "U0ALICE") -> None:
        """Close the form that somebody has open."""
        with self.workspace.changed:
            held = self.workspace.modals
            self.workspace.modals = {key: pair for key, pair in held.items() if pair[0] != user}
            self.workspace.changed.notify_all()

    def suggest_in_modal(self, user: str, block_id: str, query: str = "") -> list[Block]:
        """Type into a menu of a form and return the options that the bot acknowledges the request with.

        Raises: LookupError: there is no such menu; TimeoutError: nothing acknowledged the request in time.
        """
        with self.workspace.changed:
            view = self.modal(user)
            if view is None:
                raise LookupError(f"{user} has no form open")
            body = modals.suggestion(self.workspace, self.workspace.users[user], view, block_id, query)
        return self._options_of(body, (user, body["action_id"]), f"{block_id} for {query!r}")

    def _at_home(self, user: str) -> User:
        if user not in self.workspace.homes:
            raise LookupError(f"nothing is published in the Home of {user}")
        return self.workspace.users[user]

    def _sees(self, user: str, message: Message) -> bool:
        with self.workspace.changed:
            return not message.deleted and message.ephemeral_for in (None, user)

    def _say(
        self, kind: str, text: str, user: str, channel: str, thread_ts: str | None, overrides: dict[str, Any]
    ) -> Delivery:
        who, where = self.workspace.users[user], self.workspace.channels[channel]
        ts = self.workspace.new_ts()
        with self.workspace.changed:
            self.workspace.spoken.add((channel, ts))
        event = payloads.said(kind, who, where, ts, text, thread_ts) | overrides
        return self._deliver("events_api", payloads.event(self.workspace, event, where), None)
