"""Slack's side of the bot: what arrives becomes an Ask, every Ask gets an answer.

listeners   acknowledge and hand over; registered below, in the one list
asks        payloads to Ask
desk        the way of every question: repeated, room, access, answer, send, count
keeping     what is kept of a conversation: its subject, verdicts, questions without an answer
room        who orders something, and whether it is theirs to order
ordering    orders: digests on and off, dates of this cluster; what is kept
minding     orders about the reminders of one date: taken, put off, told again
excepting   orders about exceptions
telling     what came of an order: to who gave it, and to everybody there
checking    manifests that somebody pasted or attached, judged for who asks
forming     forms, of a channel's settings and of what is put off
answering   words to message, through the service
replies     where a message goes, and where else
pages       what is shown without a question: the Home, what to ask, that a question is being looked at
errors      the one error path
ports       what all this needs of the outside
"""

import re

from slack_bolt import App

from bot.core.buttons import CHECK, CHOOSE, SHORTCUT
from bot.render.digest_form import ACTION, ASKED, FORM
from bot.render.snooze_form import FORM as SNOOZE_FORM
from handlers.errors import ErrorPath
from handlers.listeners import Listeners

_ANY = re.compile(r".*", re.DOTALL)

#: Events the app subscribes to, as the manifest names them.
BOT_EVENTS = ("app_mention", "message.im", "app_home_opened")


def register(app: App, listeners: Listeners, errors: ErrorPath, command: str) -> None:
    """Register every listener. The first that matches runs, so the narrow ones come before the catch-alls."""
    app.command(command)(listeners.command)
    app.event("app_mention")(listeners.event)
    app.event("message")(listeners.event)
    app.event("app_home_opened")(listeners.home)
    app.action(CHOOSE)(listeners.choice)
    app.action(_ANY)(listeners.button)
    app.message_shortcut(SHORTCUT)(listeners.shortcut)
    app.message_shortcut(CHECK)(listeners.check)
    # Whatever is left is acknowledged: Bolt leaves a request without a listener unanswered.
    app.command(_ANY)(listeners.other_command)
    app.event(_ANY)(listeners.other_event)
    app.shortcut(_ANY)(listeners.other_interaction)
    app.view(FORM)(listeners.form)
    app.view(SNOOZE_FORM)(listeners.form)
    app.view(_ANY)(listeners.other_interaction)
    app.view_closed(_ANY)(listeners.other_interaction)
    app.options(CHOOSE)(listeners.namespaces)
    for field in ASKED:
        app.options(f"{ACTION}{field}")(listeners.choices)
    app.options(_ANY)(listeners.options)
    app.error(errors.on_listener_error)
