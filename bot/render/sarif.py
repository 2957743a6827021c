"""The scan as SARIF 2.1.0, which code hosts and editors show; made of the JSON of the contract, so both say the same.

Source: OASIS SARIF 2.1.0 with errata 01; "SARIF support for code scanning", docs.github.com; both read 2026-11-29.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from bot.core.rules import RULES, Rule, Severity
from bot.core.topic_answers import GuideEntry
from bot.render.messages import Catalogue

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: Version of what makes two results the same; the lines of a file are no part of it.
FINGERPRINT: Final = "unshim/v1"

#: What is only worth knowing is no failure: SARIF wants ``level: none`` beside every kind but ``fail`` (3.27.10).
_LEVELS: Final = {
    Severity.BLOCKER: "error",
    Severity.DEGRADED: "warning",
    Severity.REVIEW: "note",
    Severity.INFO: "none",
}

#: Where relative paths begin; code hosts take it for the root of the repository.
_BASE: Final = "%SRCROOT%"


def sarif(
    scan: Mapping[str, Any], catalogue: Catalogue, guides: Mapping[str, GuideEntry], version: str | None
) -> dict[str, Any]:
    """Return the log of one run.

    Args:
        scan: ``unshim.scan/v1`` as `data.scan_data` makes it.
        guides: by rule code, in the reader's language.
        version: the program's.
    """
    places = {rule.code: number for number, rule in enumerate(RULES)}
    findings = [(workload, finding) for workload in scan["workloads"] for finding in workload["findings"]]
    driver: dict[str, Any] = {"name": "Unshim"}
    if version:
        driver |= {"version": version, "semanticVersion": version}
    driver["rules"] = [_rule(rule, catalogue, guides.get(rule.code)) for rule in RULES]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "language": catalogue.language,
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(scan)],
        "results": [_result(workload, finding, places, catalogue, guides) for workload, finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, catalogue: Catalogue, guide: GuideEntry | None) -> dict[str, Any]:
    worst = min(rule.severities, key=lambda severity: severity.rank)
    what = catalogue.plain(f"rule.{rule.code}")
    shown: dict[str, Any] = {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.code.split("-")),
        "shortDescription": {"text": what.replace("`", "")},
        "fullDescription": {"text": what.replace("`", "")},
        "help": {"text": what.replace("`", ""), "markdown": what},
        "defaultConfiguration": {"level": _LEVELS[worst]},
        "properties": {"tags": ["kubernetes", "container-runtime", "docker"]},
    }
    if guide is not None:
        shown["help"] = {
            "text": f"{shown['help']['text']}. {guide.title}: {guide.url}",
            "markdown": f"{what}. [{guide.title}]({guide.url})",
        }
        shown["helpUri"] = guide.url
    return shown


def _result(
    workload: Mapping[str, Any],
    finding: Mapping[str, Any],
    places: Mapping[str, int],
    catalogue: Catalogue,
    guides: Mapping[str, GuideEntry],
) -> dict[str, Any]:
    severity = Severity(finding["severity"])
    name = "/".join(part for part in (workload["namespace"], workload["kind"], workload["name"]) if part)
    text = catalogue.plain("sarif.message", workload=name, value=finding["value"], why=finding["why"])
    guide = guides.get(finding["code"])
    if guide is not None:
        text = f"{text} {catalogue.plain('sarif.guide', title=guide.title, url=guide.url)}"
    location: dict[str, Any] = {
        "logicalLocations": [
            {
                "name": workload["name"],
                "fullyQualifiedName": f"{name}/{finding['field']}",
                "kind": "resource",
            }
        ]
    }
    if "file" in finding:
        location["physicalLocation"] = _physical(finding["file"], finding["line"])
    return {
        "ruleId": finding["code"],
        "ruleIndex": places[finding["code"]],
        "kind": "informational" if severity is Severity.INFO else "fail",
        "level": _LEVELS[severity],
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: _fingerprint(workload, finding)},
        "suppressions": _suppressions(finding["excepted"]),
        "properties": {
            key: finding[key] for key in ("severity", "grade", "field", "value", "containers") if key in finding
        },
    }


def _fingerprint(workload: Mapping[str, Any], finding: Mapping[str, Any]) -> str:
    """Return what stays when lines move, or a volume comes before another: what was found, in which workload."""
    parts = [
        finding["code"],
        workload["namespace"],
        workload["kind"],
        workload["name"],
        finding["value"],
        *finding["containers"],
        finding.get("file", ""),
    ]
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _suppressions(excepted: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the exception as a suppression. The list is there in every result, as SARIF wants where any has one."""
    if excepted is None:
        return []
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": excepted["reason"],
            "properties": {key: excepted[key] for key in ("by", "until")},
        }
    ]


def _invocation(scan: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the run went; what was not read is a notification, and a run that lacks anything is no success."""
    notifications = []
    for gap in scan["coverage"]["gaps"]:
        notification: dict[str, Any] = {"level": "error", "message": {"text": f"{gap['what']}: {gap['why']}"}}
        if "file" in gap:
            notification["locations"] = [{"physicalLocation": _physical(gap["file"], gap["line"])}]
        notifications.append(notification)
    return {
        "executionSuccessful": scan["coverage"]["complete"],
        "endTimeUtc": scan["as_of"],
        "toolExecutionNotifications": notifications,
    }


def _physical(file: str, line: int) -> dict[str, Any]:
    artifact = {"uri": uri(file), "uriBaseId": _BASE}
    if file.startswith("/"):
        artifact = {"uri": uri(file)}
    return {"artifactLocation": artifact, "region": {"startLine": line}}


def uri(file: str) -> str:
    """Return a path as a URI reference: relative as it was named, absolute with ``file://``; percent-encoded."""
    encoded = quote(file.encode("utf-8", "surrogateescape"), safe="/~")
    return f"file://{encoded}" if file.startswith("/") else encoded
