"""What became of an order: what it is now in one line, why it was not followed, and what others in the channel read."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from bot.core.kept import DateSet
from bot.core.milestones import Milestone
from bot.core.schedule import Occurrence
from bot.core.scopes import Checked, Unknown
from bot.core.subscription_words import DAYS, Problem, near_zones
from bot.core.subscriptions import EVERY_DAY, WORKDAYS, ScopeKind, Subscription
from bot.render.document import (
    Ask,
    Asks,
    Command,
    Document,
    Element,
    Facts,
    Line,
    Name,
    Paragraph,
    Text,
    User,
    Verdict,
    join,
)
from bot.render.messages import Catalogue, Value
from bot.render.parts import names_line

#: Names of a scope that a line carries.
SHOWN_NAMES = 5

#: Slack's errors that a stopped subscription is explained by; any other is shown as Slack names it.
STOPPED = ("channel_not_found", "is_archived", "not_in_channel", "restricted_action", "user_not_found")


class Coming(Struct, frozen=True):
    """What is posted next, each None where nothing comes. ``is_known``: whether it could be looked up."""

    digest: Occurrence | None = None
    reminder: Occurrence | None = None
    is_known: bool = True


class Shown(Struct, frozen=True):
    """All that is known of a channel's subscription.

    Args:
        subscription: None where there is none, or its row is damaged.
        last: the kind of what was posted last, and when.
    """

    subscription: Subscription | None
    is_on: bool = True
    is_damaged: bool = False
    coming: Coming = Coming()
    last: tuple[str, datetime] | None = None


def told(key: str, catalogue: Catalogue, **values: Value) -> Document:
    """Return an entry of ``order.`` as a message."""
    return (Verdict(catalogue.say(f"order.{key}", **values)),)


def form_elsewhere(catalogue: Catalogue) -> Document:
    """Return what stands in place of a form that cannot be shown."""
    return (Verdict(catalogue.say("form.elsewhere")),)


def problem(found: Problem, catalogue: Catalogue) -> Document:
    """Return why an order was not followed: a sentence that names the setting, and that nothing was changed."""
    unchanged = Paragraph(catalogue.say("order.unchanged", command=Command("digest help")), is_faint=True)
    return (Verdict(problem_line(found, catalogue)), unchanged)


def problem_line(found: Problem, catalogue: Catalogue) -> Line:
    """Return what is wrong with a setting as a sentence."""
    line = catalogue.say(f"digest-problem.{found.key}", value=found.value)
    return (*line, *_near(near_zones(found.value), catalogue)) if found.key == "zone" else line


def unknown(found: Unknown, catalogue: Catalogue) -> Document:
    """Return that nobody has such a name, and near ones."""
    unchanged = Paragraph(catalogue.say("order.unchanged", command=Command("digest help")), is_faint=True)
    return (Verdict(unknown_line(found, catalogue)), unchanged)


def unknown_line(found: Unknown, catalogue: Catalogue) -> Line:
    """Return the same as a sentence."""
    line = catalogue.say(f"digest-problem.unknown-{found.kind}", value=found.name)
    return (*line, *_near(found.near, catalogue))


def confirmed(key: str, subscription: Subscription, coming: Coming, checked: Checked, catalogue: Catalogue) -> Document:
    """Return what was done, what it is now in one line, and which names could not be checked."""
    elements: list[Element] = [
        Verdict(catalogue.say(f"order.{key}")),
        Paragraph(summary(subscription, coming, catalogue)),
    ]
    if checked.unknown:
        names = names_line(catalogue, [each.name for each in checked.unknown], SHOWN_NAMES)
        elements.append(Paragraph(catalogue.say("order.unchecked", names=names), is_warning=True))
    return (*elements, Asks((Ask(catalogue.say("ask.digest"), "digest"),)))


def announced(key: str, user: str, subscription: Subscription, coming: Coming, catalogue: Catalogue) -> Document:
    """Return what everybody in the channel reads: who did what, and what it is now."""
    verdict = Verdict(catalogue.say(f"order.{key}", user=User(user), **_paused(subscription)))
    if not subscription.stopped and key in ("announce-on", "announce-changed", "announce-resumed"):
        return (verdict, Paragraph(summary(subscription, coming, catalogue)))
    return (verdict,)


def announced_off(user: str, catalogue: Catalogue) -> Document:
    """Return that somebody turned the digests and reminders off."""
    return told("announce-off", catalogue, user=User(user), command=Command("digest on"))


def date_set(
    user: str | None, milestone: Milestone, now: DateSet, before: DateSet | None, catalogue: Catalogue
) -> Document:
    """Return the date that was set, with the one it takes the place of. ``user``: for everybody; None: who did it."""
    values: dict[str, Value] = {"title": _title(milestone, catalogue), "date": now.day}
    verdict = catalogue.say("order.date-set", **values)
    if user is not None:
        verdict = catalogue.say("order.announce-date", user=User(user), **values)
    elements: list[Element] = [Verdict(verdict)]
    if now.note:
        elements.append(Paragraph(catalogue.say("order.date-note", note=now.note)))
    if before is not None and before.day != now.day:
        elements.append(Paragraph(catalogue.say("order.date-before", date=before.day), is_faint=True))
    if not milestone.is_own:
        elements.append(Paragraph(catalogue.say("order.date-upstream", date=milestone.upstream), is_faint=True))
    return tuple(elements)


def date_unset(user: str | None, milestone: Milestone | None, before: DateSet, catalogue: Catalogue) -> Document:
    """Return that a date was taken back. ``milestone``: None where the calendar does not have it any more."""
    title = _title(milestone, catalogue) if milestone is not None else (Name(before.version),)
    values: dict[str, Value] = {"title": title, "before": before.day}
    if user is None:
        return told("date-unset", catalogue, **values)
    return told("announce-unset", catalogue, user=User(user), **values)


def about_date(key: str, milestone: Milestone, catalogue: Catalogue, **values: Value) -> Document:
    """Return an entry of ``order.`` that names a date."""
    return told(key, catalogue, title=_title(milestone, catalogue), **values)


def put_off(user: str | None, milestone: Milestone, until: date, reason: str, catalogue: Catalogue) -> Document:
    """Return that reminders of a date are put off, and how that is ended. ``user``: for everybody; None: who did it."""
    who: dict[str, Value] = {"user": User(user)} if user is not None else {}
    key = "announce-snoozed" if user is not None else "snoozed"
    verdict = about_date(key, milestone, catalogue, date=until, reason=reason, **who)
    command = Command(f"snooze {milestone.version or milestone.id} off")
    return (*verdict, Paragraph(catalogue.say("order.snoozed-again", command=command), is_faint=True))


def summary(subscription: Subscription, coming: Coming, catalogue: Catalogue) -> Line:
    """``Mondays 09:00 Asia/Seoul, Korean, whole cluster; next: 2026-11-30 09:00``."""
    line = catalogue.say(
        "order.line",
        days=days(subscription, catalogue),
        time=Text(subscription.at.strftime("%H:%M")),
        zone=Text(subscription.zone),
        language=catalogue.say(f"order.language-{subscription.language}"),
        scope=scope(subscription, catalogue),
    )
    if not coming.is_known:
        return catalogue.say("order.line-unread", line=line)
    upcoming = [occurrence for occurrence in (coming.digest, coming.reminder) if occurrence is not None]
    if not upcoming:
        return line
    first = min(upcoming, key=lambda occurrence: occurrence.at)
    return catalogue.say("order.line-next", line=line, when=_local(subscription, first.at))


def shown(what: Shown, calendar: Sequence[Milestone], catalogue: Catalogue) -> Document:
    """Return the settings, what comes next, whether it is stopped and why, and the last post."""
    subscription = what.subscription
    if what.is_damaged:
        return (Verdict(catalogue.say("order.damaged")), _change(catalogue))
    if subscription is None or not what.is_on:
        key = "order.none" if subscription is None else "order.is-off"
        return (Verdict(catalogue.say(key, command=Command("digest on"))), *_last(what, catalogue), _change(catalogue))
    rows: list[tuple[Line, Line]] = [
        (catalogue.say(f"order.row-{name}"), line) for name, line in _settings(subscription, catalogue)
    ]
    rows += [(catalogue.say(f"order.row-{name}"), line) for name, line in _coming(what, calendar, catalogue)]
    return (Verdict(_state(subscription, catalogue)), Facts(tuple(rows)), *_last(what, catalogue), _change(catalogue))


def days(subscription: Subscription, catalogue: Catalogue) -> Line:
    """``Mondays, Thursdays``, ``every day``."""
    if not subscription.days:
        return catalogue.say("order.days-none")
    if subscription.days in (EVERY_DAY, WORKDAYS):
        return catalogue.say("order.days-all" if subscription.days == EVERY_DAY else "order.days-work")
    names = [catalogue.say(f"weekday.{DAYS[day]}") for day in subscription.days]
    return join(names, catalogue.say("join.list"))


def scope(subscription: Subscription, catalogue: Catalogue) -> Line:
    """``whole cluster``, ``namespaces ci, web``."""
    found = subscription.scope
    if found.kind is ScopeKind.CLUSTER:
        return catalogue.say("order.scope-cluster")
    return catalogue.say(f"order.scope-{found.kind}", names=names_line(catalogue, found.names, SHOWN_NAMES))


def was_stopped(subscription: Subscription, code: str, catalogue: Catalogue) -> Document:
    """Return what the one who subscribed is told when nothing can be posted there any more."""
    line = catalogue.say("order.was-stopped", channel=subscription.channel, why=refused(code, catalogue))
    again = catalogue.say("order.was-stopped-again", command=Command("digest resume"))
    return (Verdict(line), Paragraph(again))


def refused(code: str, catalogue: Catalogue) -> Line:
    """Return why Slack takes no posts, in words where there are some."""
    key = f"order.stopped-{code.replace('_', '-')}" if code in STOPPED else "order.stopped-other"
    return catalogue.say(key, code=Text(code))


def _state(subscription: Subscription, catalogue: Catalogue) -> Line:
    if subscription.stopped:
        why = refused(subscription.stopped, catalogue)
        return catalogue.say("order.is-stopped", why=why, command=Command("digest resume"))
    if subscription.paused_until:
        return catalogue.say("order.is-paused", date=subscription.paused_until, command=Command("digest resume"))
    return catalogue.say("order.is-on")


def _settings(subscription: Subscription, catalogue: Catalogue) -> list[tuple[str, Line]]:
    at = catalogue.say("order.at", time=Text(subscription.at.strftime("%H:%M")), zone=Text(subscription.zone))
    quiet = subscription.quiet
    leads = [(Text(str(lead)),) for lead in subscription.leads]
    flags = ("weekdays", subscription.is_weekdays_only), ("unchanged", subscription.skips_unchanged)
    also = [f"order.flag-{name}" for name, is_set in (*flags, ("nudge", subscription.nudges)) if is_set]
    return [
        ("days", days(subscription, catalogue)),
        ("at", at),
        ("language", catalogue.say(f"order.language-{subscription.language}")),
        ("scope", scope(subscription, catalogue)),
        (
            "leads",
            catalogue.say("order.leads", days=join(leads, catalogue.say("join.list")))
            if leads
            else catalogue.say("order.leads-none"),
        ),
        *([("quiet", (Text(f"{quiet.start:%H:%M}-{quiet.end:%H:%M}"),))] if quiet else []),
        *([("also", join([catalogue.say(key) for key in also], catalogue.say("join.list")))] if also else []),
        *([("by", (User(subscription.by),))] if subscription.by else [("by", catalogue.say("order.by-settings"))]),
    ]


def _coming(what: Shown, calendar: Sequence[Milestone], catalogue: Catalogue) -> list[tuple[str, Line]]:
    subscription = what.subscription
    if subscription is None or subscription.stopped:
        return []
    digest, reminder = what.coming.digest, what.coming.reminder
    nothing = catalogue.say("order.nothing-comes")
    rows = [("next-digest", (_local(subscription, digest.at),) if digest else nothing)]
    if reminder is None:
        return [*rows, ("next-reminder", nothing)]
    by_id = {milestone.id: milestone for milestone in calendar}
    titles = [_title(by_id[id_], catalogue) for id_, _ in reminder.leads if id_ in by_id]
    when = _local(subscription, reminder.at)
    if not titles:
        return [*rows, ("next-reminder", (when,))]
    about = join(titles, catalogue.say("join.list"))
    return [*rows, ("next-reminder", catalogue.say("order.reminder", when=when, titles=about))]


def _last(what: Shown, catalogue: Catalogue) -> tuple[Element, ...]:
    if what.last is None:
        return (Paragraph(catalogue.say("order.last-none"), is_faint=True),)
    kind, at = what.last
    key = "order.last-reminder" if kind == "reminder" else "order.last-digest"
    return (Paragraph(catalogue.say(key, when=at), is_faint=True),)


def _change(catalogue: Catalogue) -> Asks:
    return Asks((Ask(catalogue.say("ask.digest"), "digest"),))


def _near(names: Sequence[str], catalogue: Catalogue) -> Line:
    return catalogue.say("order.near", names=names_line(catalogue, names, SHOWN_NAMES)) if names else ()


def _title(milestone: Milestone, catalogue: Catalogue) -> Line:
    title = milestone.texts[catalogue.language]["title"]
    return (Name(title) if milestone.is_own else Text(title),)  # of an own milestone people's words


def _local(subscription: Subscription, at: datetime) -> Text:
    return Text(f"{at.astimezone(subscription.tz):%Y-%m-%d %H:%M}")


def _paused(subscription: Subscription) -> dict[str, Value]:
    return {"date": subscription.paused_until} if subscription.paused_until else {}
