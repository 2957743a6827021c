"""The settings of a subscription as a form: what its fields hold, and what is wrong with each; knows no Slack."""

from collections.abc import Mapping

from msgspec.structs import replace

from bot.core.subscription_words import MOST_NAMESPACES, Problem, changed
from bot.core.subscriptions import LEADS, Scope, ScopeKind, Subscription

#: The fields, in their order; each is a block of the form, and named so.
FIELDS = (
    "days",
    "at",
    "zone",
    "language",
    "scope",
    "namespaces",
    "owners",
    "leads",
    "more",
    "quiet",
    "flags",
)

#: What can be ticked, and the setting it is.
FLAGS = {"weekdays": "is_weekdays_only", "unchanged": "skips_unchanged", "nudge": "nudges"}

#: Most owners of one subscription.
MOST_OWNERS = 10

#: What somebody chose or wrote in each field; several values where it takes several.
Values = Mapping[str, tuple[str, ...]]


def values_of(subscription: Subscription) -> dict[str, tuple[str, ...]]:
    """Return what the fields hold for a subscription; `applied` makes the same of it."""
    scope, quiet = subscription.scope, subscription.quiet
    return {
        "days": tuple(str(day) for day in subscription.days),
        "at": (subscription.at.strftime("%H:%M"),),
        "zone": (subscription.zone,),
        "language": (subscription.language,),
        "scope": (str(scope.kind),),
        "namespaces": scope.names if scope.kind is ScopeKind.NAMESPACES else (),
        "owners": scope.names if scope.kind is ScopeKind.OWNER else (),
        "leads": tuple(str(lead) for lead in subscription.leads if lead in LEADS),
        "more": (", ".join(str(lead) for lead in subscription.leads if lead not in LEADS),),
        "quiet": (f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else "",),
        "flags": tuple(flag for flag, field in FLAGS.items() if getattr(subscription, field)),
    }


def applied(before: Subscription, values: Values) -> tuple[Subscription, dict[str, Problem]]:
    """Return the subscription with every field that could be taken, and what is wrong with the others, by field."""
    problems: dict[str, Problem] = {}
    after = replace(before, quiet=None)  # which is judged against the new time of day

    def take(field: str, **words: str) -> None:
        nonlocal after
        outcome = changed(after, words)
        if isinstance(outcome, Problem):
            problems[field] = outcome
        else:
            after = outcome

    days = [day for day in values.get("days", ()) if day in tuple("0123456")]
    after = replace(after, days=tuple(sorted(int(day) for day in days)))
    for field in ("at", "zone", "language"):
        take(field, **{field: _one(values, field)})
    take("more", leads=",".join((*values.get("leads", ()), _one(values, "more"))))
    if "more" in problems:  # what was chosen is right: only what was written can be wrong
        problems["more"] = replace(problems["more"], value=_one(values, "more"))
    take("quiet", quiet=_one(values, "quiet"))
    ticked = values.get("flags", ())
    take("flags", **{flag: "on" if flag in ticked else "off" for flag in FLAGS})
    scope, problem = _scope(values)
    if problem is not None:
        problems[_SCOPE_FIELDS[scope.kind]] = problem
    return replace(after, scope=scope), problems


_SCOPE_FIELDS = {ScopeKind.CLUSTER: "scope", ScopeKind.NAMESPACES: "namespaces", ScopeKind.OWNER: "owners"}


def _scope(values: Values) -> tuple[Scope, Problem | None]:
    kind = _one(values, "scope")
    if kind == ScopeKind.NAMESPACES:
        names = tuple(dict.fromkeys(values.get("namespaces", ())))
        is_fine = 0 < len(names) <= MOST_NAMESPACES
        return Scope(ScopeKind.NAMESPACES, names), None if is_fine else Problem("namespaces", str(MOST_NAMESPACES))
    if kind == ScopeKind.OWNER:
        owners = tuple(dict.fromkeys(values.get("owners", ())))
        is_fine = 0 < len(owners) <= MOST_OWNERS
        return Scope(ScopeKind.OWNER, owners), None if is_fine else Problem("owner")
    return Scope(), None if kind == ScopeKind.CLUSTER else Problem("scope", kind)


def _one(values: Values, field: str) -> str:
    return next(iter(values.get(field, ())), "")
