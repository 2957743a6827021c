"""The listeners: acknowledge, make an Ask, hand it to the desk. Nothing here waits before the acknowledgement."""

from typing import Any

import structlog
from slack_bolt import Ack

from handlers.asks import (
    Ask,
    from_button,
    from_choice,
    from_command,
    from_event,
    from_form,
    from_home,
    from_shortcut,
    from_typing,
)
from handlers.checking import from_check
from handlers.desk import Desk

_log = structlog.get_logger(__name__)


class Listeners:
    """Slack's deliveries, one method a kind; Bolt fills parameters by name."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def command(self, ack: Ack, body: dict[str, Any]) -> None:
        """The slash command."""
        ask = from_command(body)
        declined = self._desk.take(ask)
        # Queueing does no I/O, so that the acknowledgement can say at once when there is no room.
        if declined is None:
            ack()
        else:
            ack(text=self._desk.note(declined, ask.text), response_type="ephemeral")

    def event(self, body: dict[str, Any]) -> None:
        """A mention or a direct message; Bolt has acknowledged it already."""
        ask = from_event(body)
        if ask is not None:
            self._take(ask)

    def button(self, ack: Ack, body: dict[str, Any]) -> None:
        """A click on a button, also on one of an older version."""
        ack()
        ask = from_button(body)
        if ask is not None:
            self._take(ask)

    def shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        """The entry in the menu of a message."""
        ack()
        self._take(from_shortcut(body))

    def check(self, ack: Ack, body: dict[str, Any]) -> None:
        """The entry in the menu of a message that judges the manifests in it."""
        ack()
        self._take(from_check(body))

    def home(self, body: dict[str, Any]) -> None:
        """Somebody opens the bot's page: nobody is told when there is no time for it."""
        ask = from_home(body)
        if ask is not None:
            self._desk.take(ask)

    def choice(self, ack: Ack, body: dict[str, Any]) -> None:
        """Namespaces chosen on the Home."""
        ack()
        self._take(from_choice(body))

    def namespaces(self, ack: Ack, body: dict[str, Any]) -> None:
        """What the menu of namespaces offers."""
        ack(options=self._desk.namespaces(from_choice(body), str(body.get("value") or "")))

    def form(self, ack: Ack, body: dict[str, Any]) -> None:
        """A form that somebody saves: what is wrong with it is said in it."""
        ask = from_form(body)
        if ask is None or ask.form is None:
            ack()
        elif problems := self._desk.form_problems(ask):
            ack(response_action="errors", errors=problems)
        elif declined := self._desk.take(ask):
            ack(response_action="errors", errors={ask.form.first_field: self._desk.note(declined)})
        else:
            ack()

    def choices(self, ack: Ack, body: dict[str, Any]) -> None:
        """What a menu of a form offers."""
        ack(options=self._desk.choices(from_typing(body), str(body.get("action_id") or "")))

    def other_command(self, ack: Ack, body: dict[str, Any]) -> None:
        """A command of the app that is not this bot's."""
        ack(text=self._desk.note("nothing-here"), response_type="ephemeral")
        _log.info("unknown command", command=body.get("command"))

    def other_event(self, body: dict[str, Any]) -> None:
        """An event nobody here listens for: acknowledged, so that Slack does not send it again."""
        event = body.get("event")
        _log.debug("unknown event", kind=event.get("type") if isinstance(event, dict) else None)

    def other_interaction(self, ack: Ack, body: dict[str, Any]) -> None:
        """A shortcut, a modal or a menu of another version of the app."""
        ack()
        _log.info("unknown interaction", kind=body.get("type"))

    def options(self, ack: Ack) -> None:
        """A menu that asks for its entries; there is none."""
        ack(options=[])

    def _take(self, ask: Ask) -> None:
        if declined := self._desk.take(ask):
            self._desk.decline(ask, declined)
