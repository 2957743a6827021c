"""What ``check`` found of the place where the bot keeps things, and of the posts that are noted there."""

from collections.abc import Sequence
from pathlib import PurePath

from bot.core.kept import UNPOSTED_DAYS, StoreReport, Unposted
from bot.render.document import Document, Line, Table, Verdict, join
from bot.render.messages import Catalogue
from bot.render.views.orders import refused

#: Posts that did not come, and channels that are stopped, of which so many are named.
NAMED = 10


def compose(report: StoreReport, catalogue: Catalogue) -> Document:
    """Return the report: what it costs where something is wrong, and what to do about it."""
    verdict = catalogue.say("store-check.verdict-wrong" if report.problem else "store-check.verdict-fine")
    mark = catalogue.say("slack-mark.wrong" if report.problem else "slack-mark.fine")
    rows = ((mark, _line(report, catalogue)), (catalogue.say("slack-mark.fine"), _kept(report, catalogue)))
    headers = (catalogue.say("table.result"), catalogue.say("store-check.heading"))
    return (Verdict(verdict), Table(headers, (*rows, *_posts(report, catalogue)) if not report.problem else rows[:1]))


def _line(report: StoreReport, catalogue: Catalogue) -> Line:
    found = report.problem or ("new" if report.is_new else "ready")
    folder = str(PurePath(report.place).parent)
    return catalogue.say(f"store-check.{found}", place=report.place, folder=folder, reason=report.reason or "?")


def _kept(report: StoreReport, catalogue: Catalogue) -> Line:
    return catalogue.say("store-check.kept" if report.days else "store-check.off", n=report.days)


def _posts(report: StoreReport, catalogue: Catalogue) -> list[tuple[Line, Line]]:
    """Return what is stopped and why, and what did not come, or perhaps did."""
    rows = []
    for item in report.stopped[:NAMED]:
        why = refused(item.code, catalogue)
        line = catalogue.say("store-check.stopped", channel=item.channel, since=item.at.date(), why=why)
        rows.append((catalogue.say("slack-mark.wrong"), line))
    if len(report.stopped) > NAMED:
        more = catalogue.say("store-check.stopped-more", n=len(report.stopped) - NAMED)
        rows.append((catalogue.say("slack-mark.wrong"), more))
    for key, mark in (("unconfirmed", "unknown"), ("thread", "unknown"), ("missed", "note")):
        if found := [item for item in report.unposted if _key(item) == key]:
            which = _named(found, catalogue)
            line = catalogue.say(f"store-check.{key}", n=len(found), days=UNPOSTED_DAYS, which=which)
            rows.append((catalogue.say(f"slack-mark.{mark}"), line))
    return rows


def _key(item: Unposted) -> str:
    return "thread" if item.parts else "unconfirmed" if item.is_unconfirmed else "missed"


def _named(items: Sequence[Unposted], catalogue: Catalogue) -> Line:
    named = [_name(item, catalogue) for item in items[:NAMED]]
    if len(items) > NAMED:
        named.append(catalogue.say("status.more", n=len(items) - NAMED))
    return join(named, catalogue.say("join.list"))


def _name(item: Unposted, catalogue: Catalogue) -> Line:
    post = catalogue.say(f"store-check.post-{item.kind}", date=item.day, channel=item.channel)
    if not item.parts:
        return post
    part = item.parts[0] if len(item.parts) == 1 else "both"
    return catalogue.say(f"store-check.lacks-{part}", post=post)
