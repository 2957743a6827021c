"""Text that tries to harm whoever reads it, a cluster that carries it everywhere, and what must hold of any output."""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from hypothesis import strategies as st

from bot.core.questions import (
    COUNTED,
    AtRisk,
    Changes,
    Clarify,
    Count,
    Courtesy,
    Drain,
    Explain,
    Faq,
    Guide,
    Help,
    Milestone,
    Milestones,
    Nodes,
    NodeState,
    OutOfScope,
    Owners,
    Progress,
    Question,
    Safe,
    ServerVersion,
    Status,
    Trend,
    Upgrade,
    Where,
)
from bot.core.snapshot import Cause, Gap
from bot.core.view import ClusterView
from bot.render.mrkdwn import VISIBLE_CHARS
from tests.factories import (
    make_claim,
    make_dependents,
    make_deployment,
    make_namespace,
    make_node,
    make_persistent_volume,
    make_pod,
)
from tests.unit.clusters import known, view_of

PIECES = (
    "<!channel>",
    "<!here|here>",
    "<@U123>",
    "<#C123|general>",
    "<https://evil.example|click>",
    "&lt;!channel&gt;",
    "&amp;",
    "&",
    "`",
    "```",
    "*bold*",
    "_it_",
    "~no~",
    ":skull:",
    "|",
    ">",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x9b2J",
    "\x07",
    "\x00",
    "\r",
    "\n",
    "\n• at risk: none",
    "\t",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\U000e0041",
    "a\u0301\u0302\u0303",
    "\ue000",
    "🐳",
    "한글",
    "..",
    "/",
    "web",
    "-",
    "{n}",
    "%s",
    "[bold]",
    "\\",
    "'",
    '"',
    " ",
    "x" * 300,
    "\u202e" * 300,
    "&" * 300,
)

#: Lone surrogates can not arrive: no UTF-8 holds them, and JSON that spells one is refused.
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


@dataclass(frozen=True)
class Names:
    """A hostile text for each field that somebody else writes."""

    node: str
    pool: str
    namespace: str
    workload: str
    owner: str
    container: str
    image: str
    path: str
    version: str
    cluster: str


names = st.builds(Names, **{field: texts for field in Names.__dataclass_fields__})


def view_with(names: Names, *, is_partial: bool) -> ClusterView:
    """Return a cluster in which every field that somebody else writes holds a hostile text."""
    node = names.node or "node"
    workload, namespace, container = names.workload or "web", names.namespace or "shop", names.container or "main"
    labels = {"agentpool": names.pool}
    volumes = [
        {"name": "sock", "hostPath": {"path": "/var/run/docker.sock"}},
        {"name": "data", "hostPath": {"path": f"/var/lib/docker/{names.path}"}},
        {"name": "claim", "persistentVolumeClaim": {"claimName": names.path}},
    ]
    mounts = [{"name": "sock", "mountPath": names.path}, {"name": "claim", "mountPath": "/c"}]
    sub = {"name": "data", "mountPath": "/d", "subPath": names.path}
    spec = {
        "volumes": volumes,
        "containers": [
            {"name": container, "image": f"{names.image}/dind:{names.version}", "volumeMounts": [*mounts, sub]},
            {"name": f"{container}2", "image": names.image, "volumeMounts": mounts},
        ],
    }
    blocker = make_deployment(workload, namespace=namespace, labels={"team": names.owner}, spec=spec)
    review = make_pod(f"{workload}-shell", namespace=namespace, host_paths={"/var/run": names.path})
    gaps = [
        Gap("pods", Cause.MALFORMED, objects=(f"{namespace}/{workload}",), count=3),
        Gap("jobs", Cause.FORBIDDEN, 403),
    ]
    return view_of(
        make_node(node, runtime=f"docker://{names.version}", labels=labels, os_image=names.version, is_ready=False),
        make_node(f"{node}-2", runtime=names.version, kubelet=names.version, labels=labels, is_unschedulable=True),
        make_node(f"{node}-3", runtime=f"containerd://{names.version}", kubelet=f"v1.20.1-{names.version}"),
        make_namespace(namespace, labels={"team": names.owner}),
        make_claim(names.path, namespace=namespace, volume=names.path),
        make_persistent_volume(names.path, host_path=f"/etc/docker/{names.path}"),
        blocker,
        make_dependents(blocker, [node, f"{node}-2"]),
        make_deployment(f"{workload}-api", namespace=namespace),
        review,
        gaps=gaps if is_partial else (),
    )


def questions(names: Names, view: ClusterView) -> Iterator[Question]:
    """Yield questions that lead to every kind of answer, with hostile words wherever a word may stand."""
    yield from (Status(), Nodes(), AtRisk(), Guide(), Milestones(), Help())
    for word in dict.fromkeys(astuple(names)):
        yield from (Explain(word), Guide(word))
    yield from (Status(names.pool), Status(names.node), Nodes(pool=names.pool), Nodes(name=names.node))
    yield from (Nodes(version=names.version), AtRisk(names.namespace), AtRisk(names.workload))
    yield from (AtRisk(workload=names.workload), Help(names.workload, names.workload))
    yield from (Safe(), Progress(), Upgrade(), ServerVersion(), Owners(), Trend(), Changes(), Milestone())
    yield from (Safe(names.namespace), Safe(names.pool, "pool"), Safe(names.node, "node"), Safe(names.workload))
    yield from (Where(names.workload), Drain(names.node), NodeState(names.node), NodeState(names.node, "kubelet"))
    yield from (Progress(names.pool), Upgrade(names.version), Milestone(names.version), Owners(names.namespace))
    yield from (AtRisk(owner=names.workload), AtRisk(pool=names.pool), AtRisk(names.namespace, code=names.workload))
    yield from (Count("nodes", pool=names.pool, version=names.version), Count("pods", namespace=names.namespace))
    yield from (Count(what) for what in COUNTED)
    yield from (Courtesy("greeting"), Courtesy("thanks"), OutOfScope("action"), OutOfScope("secret"))
    yield from (OutOfScope("other"), Faq(names.workload), Faq("which-pods-at-risk"), Faq("gpu-nodes"))
    yield Clarify((f"explain {names.workload}", f"pods {names.namespace}", "faq images-still-work"))
    for workload in view.workloads:
        full_name = workload.key.full_name
        yield from (Explain(full_name), Where(full_name), Owners(full_name), Safe(full_name, "workload"))
    for node in view.nodes:
        yield from (Status(node.name), Drain(node.name), NodeState(node.name), NodeState(node.name, "runtime"))


_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LINK = re.compile(r"<(https://[^|<>\s]+)\|([^|<>]*)>")
_FENCED = re.compile(r"^```\n[^`<>&]+\n```$", re.MULTILINE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")
URLS = {url for guide in known().guides for url in guide.urls.values()} | {
    url for milestone in known().calendar for url in milestone.sources
}
URLS |= {url for topic in known().load_topics() for url in (*topic.sources, topic.link)}


def check_plain(text: str) -> None:
    """Fail when a text could do more to a terminal than stand there."""
    assert text.strip()
    harmful = {character for character in text if unicodedata.category(character) in _HARMFUL} - {"\n"}
    assert not harmful, ascii(text)


def visible_chars(text: str) -> int:
    """Return how many characters of mrkdwn a reader sees."""
    return len(html.unescape(_LINK.sub(lambda match: match[2], text)))


def check_mrkdwn(text: str) -> None:
    """Fail when mrkdwn notifies, links or formats anything it was not told to, or does not fit."""
    check_plain(text)
    assert visible_chars(text) <= VISIBLE_CHARS, visible_chars(text)
    assert not re.search(r"<[!@#]", text), text
    assert not _ENTITY.search(text), text
    # A snippet has nothing in it that could end it; whatever else looks like one is found below.
    for line in _FENCED.sub("", text).split("\n"):
        assert line.count("`") % 2 == 0, line
        for outside in line.split("`")[::2]:
            for url, _ in _LINK.findall(outside):
                assert html.unescape(url) in URLS, url
            rest = _LINK.sub("", outside)
            assert "<" not in rest, line
            assert ">" not in rest, line
        for inside in line.split("`")[1::2]:
            assert inside.strip(), line  # an empty code span shows its backticks
            assert "<" not in inside, line
