"""What a milestone concerns: predicates over nodes and over workloads with findings."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain

from msgspec import Struct

from bot.core.runtimes import Runtime
from bot.core.versions import Version, parse
from bot.core.view import NodeFact, Workload


class Affects(Struct, frozen=True):
    """Which nodes or workloads a milestone concerns; the given fields must all hold. Versions compare as numbers.

    ``_from`` includes the version, ``_below`` does not. With ``findings``, rule codes, it concerns workloads that have
    a finding of one of them, worse than ``info``, and pods on such nodes; without, the nodes themselves.
    """

    runtime: Runtime | None = None
    kubelet_below: Version | None = None
    runtime_version_below: Version | None = None
    kubelet_from: Version | None = None
    runtime_version_from: Version | None = None
    findings: tuple[str, ...] = ()

    def includes(self, node: NodeFact) -> bool:
        """Whether the node's fields hold.

        A version that cannot be parsed counts as below any, for nobody can rule it out; it is not in a range, where it
        would be in every one of them: that is for `may_include` to say.
        """
        return (
            self.may_include(node)
            and _is_known(node.kubelet_version, self.kubelet_from)
            and _is_known(node.runtime_version, self.runtime_version_from)
        )

    def may_include(self, node: NodeFact) -> bool:
        """Whether the node's fields hold as far as they can be parsed."""
        if self.runtime is not None and node.runtime is not self.runtime:
            return False
        return _is_within(node.kubelet_version, self.kubelet_from, self.kubelet_below) and _is_within(
            node.runtime_version, self.runtime_version_from, self.runtime_version_below
        )

    def is_found_in(self, workload: Workload, *, is_excepted: bool = False) -> bool:
        """Whether the workload has a finding of one of the codes that is more than worth knowing, and not excepted.

        Args:
            is_excepted: ask the same of those that are excepted; one that has both is concerned.
        """
        found = [f.excepted is not None for f in workload.findings if f.code in self.findings and f.is_listed]
        return bool(found) and all(found) is is_excepted


class Nodes:
    """Nodes by what clauses look at: of thousands, few differ in that."""

    def __init__(self, nodes: Sequence[NodeFact]) -> None:
        self._nodes = nodes
        self._alike: dict[tuple[Runtime, str, str], list[int]] = defaultdict(list)
        for number, node in enumerate(nodes):
            self._alike[node.runtime, node.kubelet_version, node.runtime_version].append(number)

    def __bool__(self) -> bool:
        return bool(self._nodes)

    def where(self, holds: Callable[[NodeFact], bool]) -> tuple[str, ...]:
        """Return the names of the nodes for which something holds, in their order."""
        found = chain.from_iterable(some for some in self._alike.values() if holds(self._nodes[some[0]]))
        return tuple(self._nodes[number].name for number in sorted(found))


def is_below(text: str, limit: Version | None) -> bool:
    """Whether a version is below a limit; one that cannot be parsed is, for nobody can rule it out."""
    if limit is None:
        return True
    version = parse(text)
    return version is None or version < limit


def _is_within(text: str, first: Version | None, limit: Version | None) -> bool:
    if not is_below(text, limit):
        return False
    return first is None or (version := parse(text)) is None or version >= first


def _is_known(text: str, first: Version | None) -> bool:
    return first is None or parse(text) is not None
