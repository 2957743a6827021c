"""What reading the cluster needs: what is missing, what that costs, and the Role that mends it."""

from bot.core.permissions import CheckReport, Permission, PermissionState
from bot.core.seen import Seen
from bot.core.view import ClusterView
from bot.render.document import Command, Document, Element, Line, Paragraph, Table, Verdict, text_line
from bot.render.messages import Catalogue
from bot.render.parts import seen

_HEADERS = ("table.permission", "table.result", "table.loss")
_BIND = "kubectl create clusterrolebinding unshim-reader --clusterrole=unshim-reader --serviceaccount=unshim:unshim"


def compose(report: CheckReport, catalogue: Catalogue) -> Document:
    """Return the report without the Role, which is printed as it is."""
    missing = report.missing
    verdict = catalogue.say("check.verdict-missing", n=len(missing)) if missing else catalogue.say("check.verdict-fine")
    if report.version is None:
        reached = catalogue.say("check.reachable-unknown", host=report.host)
    else:
        reached = catalogue.say("check.reachable", host=report.host, version=report.version)
    elements: list[Element] = [Verdict(verdict), Paragraph(reached)]
    rows = tuple(_row(state, catalogue) for state in report.states)
    elements.append(Table(tuple(catalogue.say(key) for key in _HEADERS), rows))
    if missing:
        elements.append(Paragraph(catalogue.say("check.role")))
    return tuple(elements)


def compose_file(view: ClusterView, catalogue: Catalogue) -> Document:
    """Return what a dump lacks; reading it needs no permission."""
    footer = seen(catalogue, Seen(view.as_of, view.name, view.kinds, view.gaps))
    return (Verdict(catalogue.say("check.file")), footer)


def binding() -> Line:
    """Return the command that binds the Role to the ServiceAccount of ``deploy/base``."""
    return (Command(_BIND, is_whole=True),)


def _row(state: PermissionState, catalogue: Catalogue) -> tuple[Line, ...]:
    key = {True: "check.allowed", False: "check.refused", None: "check.unknown"}[state.is_allowed]
    loss: Line = () if state.is_allowed else catalogue.say(f"loss.{state.permission.resource.lstrip('/')}")
    return (text_line(_name(state.permission)), catalogue.say(key), loss)


def _name(permission: Permission) -> str:
    suffix = f".{permission.group}" if permission.group else ""
    return f"{permission.verb} {permission.resource}{suffix}"
