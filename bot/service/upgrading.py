"""Questions about versions: which the API server is, and which the cluster can go to."""

from bot.core.answers import Answer
from bot.core.move_answers import ReachAnswer, ServerVersionAnswer, UpgradeAnswer
from bot.core.questions import ServerVersion, Upgrade
from bot.core.selections import by_minor
from bot.core.snapshot import is_whole
from bot.core.upgrades import NEWEST, NEWEST_DAY, judge, newest_out, reach, takes
from bot.core.versions import parse
from bot.core.view import ClusterView
from bot.service.context import Context


def server_version(question: ServerVersion, context: Context) -> Answer:
    """Return the API server's version, with the kubelets that do not go with it."""
    view = context.view()
    server = parse(view.version or "")
    newer: list[str] = []
    too_old: list[str] = []
    for node in view.nodes if server else ():
        kubelet = parse(node.minor or "")
        if server and kubelet and not takes(server, kubelet):
            (newer if kubelet > server else too_old).append(node.name)
    return ServerVersionAnswer(
        seen=context.seen(view),
        version=view.version,
        is_dump=view.version is None and is_whole(view.gaps, "version"),
        nodes_known=view.nodes_known,
        by_minor=by_minor(view.nodes),
        newer=tuple(newer),
        too_old=tuple(too_old),
    )


def upgrade(question: Upgrade, context: Context) -> Answer:
    """Return whether the cluster can go to a version, or how high it can go."""
    view = context.view()
    today = context.day(view)
    server = parse(view.version or "")
    newest = newest_out(today)
    if question.version is None:
        found = reach(server, view.nodes, newest)
        return ReachAnswer(context.seen(view), view.version, _knows_nodes(view), found, newest)
    target = parse(question.version)
    problem = None
    if target is None or target.major != 1:
        problem = "nonsense"
    elif target.minor > NEWEST.minor:
        problem = "future"
    judgement = judge(server, view.nodes, target) if target and not problem else None
    is_ahead = judgement is not None and judgement.target > newest
    return UpgradeAnswer(
        seen=context.seen(view),
        asked=question.version,
        problem=problem,
        server=view.version,
        nodes_known=_knows_nodes(view),
        judgement=judgement,
        newest=newest,
        days_left=(NEWEST_DAY - today).days if is_ahead else None,
    )


def _knows_nodes(view: ClusterView) -> bool:
    """Whether any nodes were read, or there are none."""
    return bool(view.nodes) or is_whole(view.gaps, "nodes")
