"""What reading the cluster needs: what is missing, what that costs, and the Role that mends it."""

from collections.abc import Sequence

from bot.core.permissions import WATCH, CheckReport, Permission, PermissionState
from bot.core.seen import Seen
from bot.core.view import ClusterView
from bot.render.document import Command, Document, Element, Line, Paragraph, Table, Verdict, text_line
from bot.render.messages import Catalogue
from bot.render.parts import NAMESPACES_NAMED, names_line, seen

_HEADERS = ("table.permission", "table.result", "table.loss")
_ACCOUNT = "--serviceaccount=unshim:unshim"


def compose(report: CheckReport, catalogue: Catalogue) -> Document:
    """Return the report without the Role, which is printed as it is."""
    missing = report.missing
    unwatched = {permission.resource for permission in report.unwatched}
    if missing:
        verdict = catalogue.say("check.verdict-missing", n=len(missing))
    elif unwatched:
        verdict = catalogue.say("check.verdict-unwatched", n=len(unwatched))
    else:
        verdict = catalogue.say("check.verdict-fine")
    if report.version is None:
        reached = catalogue.say("check.reachable-unknown", host=report.host)
    else:
        reached = catalogue.say("check.reachable", host=report.host, version=report.version)
    elements: list[Element] = [Verdict(verdict), Paragraph(reached)]
    kinds: dict[tuple[str, str], list[PermissionState]] = {}
    for state in report.states:
        kinds.setdefault((state.permission.group, state.permission.resource), []).append(state)
    rows = tuple(_row(states, report, catalogue) for states in kinds.values())
    elements.append(Table(tuple(catalogue.say(key) for key in _HEADERS), rows))
    if roles := report.to_grant():
        elements.append(Paragraph(catalogue.say("check.roles" if _is_scoped(report) else "check.role", n=len(roles))))
    return tuple(elements)


def compose_file(view: ClusterView, catalogue: Catalogue) -> Document:
    """Return what a dump lacks; reading it needs no permission."""
    footer = seen(catalogue, Seen(view.as_of, view.name, view.kinds, view.gaps))
    return (Verdict(catalogue.say("check.file")), footer)


def role_name(report: CheckReport, permissions: Sequence[Permission]) -> str:
    """Return what a role that mends it is called; that of a whole cluster must not be replaced by less."""
    is_cluster = permissions[0].namespace is None
    return "unshim-cluster-reader" if is_cluster and _is_scoped(report) else "unshim-reader"


def binding(report: CheckReport, permissions: Sequence[Permission]) -> Line:
    """Return the command that binds such a role to the ServiceAccount of ``deploy/base``."""
    name, namespace = role_name(report, permissions), permissions[0].namespace
    if namespace is None:
        words = f"kubectl create clusterrolebinding {name} --clusterrole={name} {_ACCOUNT}"
    else:
        words = f"kubectl -n {namespace} create rolebinding {name} --role={name} {_ACCOUNT}"
    return (Command(words, is_whole=True),)


def _is_scoped(report: CheckReport) -> bool:
    return any(state.permission.namespace is not None for state in report.states)


def _row(states: Sequence[PermissionState], report: CheckReport, catalogue: Catalogue) -> tuple[Line, ...]:
    """Return the row of one kind, in all namespaces that are read: what is worst of it, and where."""
    what = states[0].permission
    parts = [state for state in states if state.permission.verb != WATCH]
    for is_allowed, key in ((False, "check.refused"), (None, "check.unknown")):
        wrong = [state.permission for state in parts if state.is_allowed is is_allowed]
        if wrong:
            loss = catalogue.say(f"loss.{what.resource.lstrip('/')}")
            return (_name(states), _where(wrong, len(parts), key, catalogue), loss)
    unwatched = [each for each in report.unwatched if (each.group, each.resource) == (what.group, what.resource)]
    if unwatched:
        loss = catalogue.say("check.unwatched-loss", n=round(report.again_seconds))
        return (_name(states), _where(unwatched, len(parts), "check.unwatched", catalogue), loss)
    return (_name(states), catalogue.say("check.allowed"), ())


def _where(permissions: Sequence[Permission], parts: int, key: str, catalogue: Catalogue) -> Line:
    """Return a result, and where it is so if not everywhere."""
    result = catalogue.say(key)
    if len(permissions) == parts:
        return result
    names = names_line(catalogue, [each.namespace or "" for each in permissions], NAMESPACES_NAMED)
    return catalogue.say("check.result-in", result=result, names=names)


def _name(states: Sequence[PermissionState]) -> Line:
    what = states[0].permission
    suffix = f".{what.group}" if what.group else ""
    verbs = ", ".join(dict.fromkeys(state.permission.verb for state in states))
    return text_line(f"{verbs} {what.resource}{suffix}")
