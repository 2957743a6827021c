"""What is changed in Slack: digests, reminders, exceptions, and this cluster's own dates."""

from bot.core.answers import ManageAnswer
from bot.core.exception_orders import words_for
from bot.core.orders import Order, Verb
from bot.render.document import Command, Document, Element, Facts, Line, Paragraph, Verdict
from bot.render.messages import Catalogue
from bot.render.mrkdwn import PROGRAM
from bot.render.parts import Limits
from bot.render.views.exceptions import how

#: Every order with its words, in the order of the list.
ORDERS = (
    ("open", "digest"),
    ("on", "digest on [SETTING…]"),
    ("off", "digest off"),
    ("show", "digest show"),
    ("now", "digest now"),
    ("pause", "digest pause 2026-12-24"),
    ("resume", "digest resume"),
    ("snooze", "snooze 1.38 until 2026-12-01 because …"),
    ("mine", "mine 1.38"),
    ("set", "milestones set 1.24 2026-12-24 because …"),
    ("unset", "milestones unset 1.24"),
    ("except", "except deploy/web docker-socket until 2027-01-31 because …"),
    ("except-off", "except off deploy/web docker-socket"),
    ("except-show", "except show [NAME]"),
    ("except-export", "except export"),
)

#: What shows the same where the bot's database is.
_THERE = {"show": "unshim exceptions list", "export": "unshim exceptions export"}

#: All settings in one line, as an example.
EXAMPLE = "digest on mon,thu 09:00 Asia/Seoul ko leads=30,7,1 quiet=22:00-07:00 weekdays=on"


def compose(answer: ManageAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return where this is done; in Slack, what can be ordered."""
    if not limits.has_buttons:
        words = words_for(Order(Verb.EXCEPT)) if answer.asked.words == "except help" else answer.asked.words
        command = Command(f"{PROGRAM} {words}", is_whole=True)
        first, _, rest = answer.asked.words.partition(" ")
        if first == "except" and (there := _THERE.get(rest.partition(" ")[0])):
            return (Verdict(catalogue.say("manage.kept-there", command=command, there=Command(there, is_whole=True))),)
        return (Verdict(catalogue.say("manage.in-slack", command=command)),)
    if answer.asked.words.startswith("except "):
        return how(catalogue)
    return (Verdict(catalogue.say("manage.verdict")), *usage(catalogue))


def usage(catalogue: Catalogue) -> tuple[Element, ...]:
    """Return what can be ordered, and an example of all settings."""
    rows: list[tuple[Line, Line]] = [((Command(words),), catalogue.say(f"manage.{name}")) for name, words in ORDERS]
    example = catalogue.say("manage.example", command=Command(EXAMPLE))
    return Facts(tuple(rows)), Paragraph(example), Paragraph(catalogue.say("manage.settings"), is_faint=True)
