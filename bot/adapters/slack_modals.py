"""Forms: modals of Slack, opened at once and filled in a moment."""

from typing import Any

from slack_sdk import WebClient

from bot.adapters.slack_web import SlackMeter, call
from bot.errors import SlackError


class Modals:
    """Opens and changes modals. Every method raises the errors of `bot.adapters.slack_web.call`."""

    def __init__(self, client: WebClient, meter: SlackMeter) -> None:
        self._client = client
        self._meter = meter

    def open(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a modal and return its id. ``trigger``: of what somebody did; it holds for three seconds, and once."""
        response = call("views.open", lambda: self._client.views_open(trigger_id=trigger, view=view), self._meter)
        found = (response.get("view") or {}).get("id")
        if not found:
            raise SlackError("slack-unreachable", method="views.open")
        return str(found)

    def update(self, view_id: str, view: dict[str, Any]) -> None:
        """Show another view in its place, for as long as it is open."""
        call("views.update", lambda: self._client.views_update(view_id=view_id, view=view), self._meter)
