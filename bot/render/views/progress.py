"""Which share of the nodes has left Docker."""

from bot.core.move_answers import ProgressAnswer, Share
from bot.render.document import Bar, Bars, Command, Document, Element, Heading, Line, Name, Paragraph, Text, Verdict
from bot.render.messages import Catalogue
from bot.render.parts import Limits, asks, facts_line, seen
from bot.render.risks import risk


def compose(answer: ProgressAnswer, catalogue: Catalogue, limits: Limits) -> Document:
    """Return the share in percent, rounded down, each pool's, and the workloads at risk that are left."""
    elements: list[Element] = [Verdict(_verdict(answer, catalogue))]
    if answer.share.total and (answer.share.unknown or not answer.seen.is_whole("nodes")):
        elements.append(Paragraph(_hedge(answer, catalogue), is_warning=True))
    sentence = risk(catalogue, len(answer.at_risk), answer.to_check, answer.excepted, is_complete=not answer.seen.gaps)
    left = "progress.left" if answer.at_risk or answer.to_check or answer.excepted else "progress.left-none"
    elements.append(Paragraph(catalogue.say(left, risk=sentence)))
    if len(answer.pools) > 1:
        elements += _pools(answer.pools, catalogue, limits)
    if not answer.at_risk:
        elements.append(Paragraph(catalogue.say("status.limits"), is_faint=True))
    questions = [("status", "status"), ("pods", "pods")]
    if answer.share.docker:
        pool = "" if answer.pool is None else f" pool={answer.pool}"
        questions.insert(0, ("docker-nodes", f"nodes docker{pool}"))
    elements += asks(catalogue, limits, *questions)
    elements.append(seen(catalogue, answer.seen))
    return tuple(elements)


def _verdict(answer: ProgressAnswer, catalogue: Catalogue) -> Line:
    share = answer.share
    if not answer.nodes_known or not (share.total or answer.seen.is_whole("nodes")):
        return catalogue.say("progress.unread")
    if not share.total:
        return catalogue.say("progress.empty")
    place = "" if answer.pool is None else "pool-"
    hedge = "" if answer.seen.is_whole("nodes") else "-partial"
    pool: Line = (Name(answer.pool),) if answer.pool is not None else ()
    key = f"progress.{place}{'least' if share.unknown else 'is'}{hedge}"
    return catalogue.say(key, pool=pool, percent=share.percent, off=share.off, n=share.total)


def _hedge(answer: ProgressAnswer, catalogue: Catalogue) -> Line:
    lines = []
    if answer.share.unknown:
        lines.append(catalogue.say("progress.unknown", n=answer.share.unknown))
    if not answer.seen.is_whole("nodes"):
        lines.append(catalogue.say("progress.unseen"))
    return tuple(segment for line in lines for segment in (*line, Text(" ")))[:-1]


def _pools(pools: tuple[Share, ...], catalogue: Catalogue, limits: Limits) -> list[Element]:
    bars = [
        Bar(
            label=(Name(pool.name),) if pool.name is not None else catalogue.say("status.no-pool"),
            part=pool.off,
            total=pool.total,
            note=_note(pool, catalogue),
            unknown=pool.unknown,
        )
        for pool in pools[: limits.bars]
    ]
    elements: list[Element] = [
        Heading(catalogue.say("status.pools")),
        Bars(tuple(bars), catalogue.say("status.legend")),
    ]
    if len(pools) > limits.bars:
        rest = catalogue.say("table.rest", n=len(pools) - limits.bars, command=Command("nodes"))
        elements.append(Paragraph(rest, is_faint=True))
    return elements


def _note(pool: Share, catalogue: Catalogue) -> Line:
    lines = [catalogue.say("progress.of", percent=pool.percent, off=pool.off, n=pool.total)]
    if pool.unknown:
        lines.append(catalogue.say("nodes.runtime-unknown", n=pool.unknown))
    return facts_line(catalogue, lines)
