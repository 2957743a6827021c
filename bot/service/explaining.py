"""One workload: why it is listed, how it fails on this cluster, what to do about it."""

from bot.core.answers import ExplainAnswer
from bot.core.fixes import fixes, patch_of, version_of
from bot.core.selections import exposed_on, without_dockershim
from bot.core.view import Workload
from bot.service.context import Context
from bot.service.topics import agent_of, entries


def explained(workload: Workload, context: Context) -> ExplainAnswer:
    """Return everything about one workload of the view. Raises: BotError: there is no view."""
    view, agents = context.view(), context.knowledge.agents
    guides = dict.fromkeys(finding.guide for finding in workload.findings if finding.guide)
    exposed, pools = exposed_on(view, workload)
    runtimes = tuple(view.by_runtime)
    todo = fixes(workload, agents, runtimes)
    versions = {number: version_of(finding, agents) for number, finding in enumerate(workload.findings)}
    return ExplainAnswer(
        seen=context.seen(view),
        workload=workload,
        exposed_nodes=exposed,
        exposed_pools=pools,
        guides=entries(context.knowledge, guides, context.language),
        agent=agent_of(workload.key.name, view, context),
        without_dockershim=without_dockershim(view, workload),
        runtimes=runtimes,
        fixes=todo,
        versions={number: version for number, version in versions.items() if version is not None},
        patch=patch_of(workload, todo),
        place=context.places.get(workload.owner.name) if workload.owner else None,
    )
