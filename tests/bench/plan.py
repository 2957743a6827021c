"""How much is measured: the sizes and numbers of a run, and the budgets that depend on the size."""

from dataclasses import dataclass

#: Kubernetes' own ceiling: kubernetes.io, "Considerations for large clusters", read 2026-11-29.
FULL_NODES, FULL_PODS = 5_000, 150_000
MEDIUM_NODES, MEDIUM_PODS = 500, 15_000


@dataclass(frozen=True)
class Plan:
    """One run.

    Args:
        most_reads, reading_seconds: turns of a short measurement: at most so many, and for so long.
        starts, peaks: runs of the command line.
        answers: how often each text is asked, in each state.
        fixes: trials of a fix in the cluster.
        lives: pods that live while a stream is recorded; replayed: events of it replayed as fast as it goes.
        steady_seconds: how long the API server is watched for what it is asked; pace_seconds: how long it is kept busy.
        compares: whether to run the official client; one_liner: whether to run the one-liner of the documentation.
    """

    nodes: int
    pods: int
    most_reads: int = 15
    reading_seconds: float = 15.0
    starts: int = 10
    peaks: int = 3
    answers: int = 200
    fixes: int = 20
    lives: int = 600
    replayed: int = 40_000
    steady_seconds: float = 32.0
    pace_seconds: float = 20.0
    compares: bool = True
    one_liner: bool = False

    @property
    def is_medium(self) -> bool:
        """Whether budgets of the default size hold."""
        return self.nodes <= MEDIUM_NODES and self.pods <= MEDIUM_PODS

    @property
    def is_full(self) -> bool:
        """Whether budgets of the ceiling hold: at about its size."""
        return self.pods >= FULL_PODS * 0.9


MEDIUM = Plan(MEDIUM_NODES, MEDIUM_PODS)
FULL = Plan(FULL_NODES, FULL_PODS, fixes=200, lives=1_000, replayed=60_000, one_liner=True)
SHORT = Plan(
    100,
    3_000,
    most_reads=8,
    reading_seconds=6.0,
    starts=6,
    peaks=1,
    answers=60,
    fixes=10,
    lives=200,
    replayed=15_000,
    steady_seconds=17.0,
    pace_seconds=8.0,
    compares=False,
)
