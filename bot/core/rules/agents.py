"""Agents that are known by their image: whether the version deployed needs Docker (facts 4.3)."""

from msgspec import Struct

from bot.core.agents import Agent, Verdict
from bot.core.rules.case import Case
from bot.core.rules.images import split_image
from bot.core.rules.inside import Inside


class Deployed(Struct, frozen=True):
    """An agent as a container runs it."""

    agent: Agent
    inside: Inside
    tag: str
    verdict: Verdict


def deployed(inside: Inside, case: Case) -> Deployed | None:
    """Return the agent that a container runs, None where its image is none's."""
    key = ("agent", id(inside))
    if key not in case.found:
        case.found[key] = _deployed(inside, case)
    found: Deployed | None = case.found[key]
    return found


def _deployed(inside: Inside, case: Case) -> Deployed | None:
    image = inside.container.image
    if not image:
        return None
    repository, tag = split_image(image)
    agent = case.agents.find(repository)
    if agent is None:
        return None
    return Deployed(agent, inside, tag, agent.judge(tag, inside.values or {}, tuple(inside.words)))
