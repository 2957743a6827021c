"""Writes what is made from code and data: ``.env.example``, the demo cluster, the tables and answers in README.md,
the manifest of the Slack app.

``python -m tests.generate`` (``make generated``); ``tests/unit/test_repo.py`` fails when a file is out of date.
"""

import json
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from bot.adapters.knowledge import load_catalogue, load_knowledge, load_slack_app
from bot.core.rules import RULES
from bot.core.slack_app import ON_DEMAND
from bot.playground import demo_cluster
from bot.render.text import plain
from bot.settings import Settings, variable
from tests.corpus.labelled import HELD_OUT, cases
from tests.corpus.measure import measure, readme_table
from tests.unit.cli.program import run

ROOT = Path(__file__).parents[1]
PREFIXES = ("UNSHIM_", "SLACK_")
COMMENT_CHARS = 100

_HEADER = """\
# Every setting of Unshim, with its default. Copy this file to .env, and uncomment what you change.
# Made from bot/settings.py by `make generated`.
"""
_SECTION = re.compile(r"<!-- (\w+) -->\n.*?<!-- /\1 -->", re.DOTALL)
_CONSOLE = re.compile(r"```console\n\$ unshim ([^\n]*--demo)\n.*?```", re.DOTALL)


def variables() -> Mapping[str, tuple[str, str]]:
    """Return each setting's variable with its default as it would be written, and what it means."""
    return {
        variable(name): (_written(field.default), " ".join((field.description or "").split()))
        for name, field in Settings.model_fields.items()
    }


def _written(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def env_example() -> str:
    """Return ``.env.example``: every setting in order, its meaning, and its default commented out."""
    parts = [_HEADER]
    for name, (default, meaning) in variables().items():
        comment = textwrap.fill(meaning, COMMENT_CHARS, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"{comment}\n# {name}={default}\n")
    return "\n".join(parts)


def demo() -> str:
    """Return the demo cluster as it is shipped."""
    return json.dumps(demo_cluster.build(), ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def readme() -> str:
    """Return README.md with its tables and the answers below its commands made anew."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sections: Mapping[str, Callable[[], str]] = {
        "rules": _rules,
        "scopes": _scopes,
        "rbac": _rbac,
        "settings": _settings,
        "accuracy": lambda: readme_table(measure(), measure(cases(HELD_OUT))),
    }

    def section(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} -->\n{sections[match[1]]()}\n<!-- /{match[1]} -->"

    def console(match: re.Match[str]) -> str:
        answer = "\n".join(line.rstrip() for line in run(*match[1].split()).out.splitlines())
        return f"```console\n$ unshim {match[1]}\n{answer}\n```"

    return _CONSOLE.sub(console, _SECTION.sub(section, text))


def _rules() -> str:
    english, known = load_catalogue("en"), load_knowledge()
    rows = ["| Code | Severity | What it finds | Guide |", "| --- | --- | --- | --- |"]
    for rule in RULES:
        severities = " or ".join(rule.severities)
        guide = known.guide(known.guide_by_rule[rule.code])
        assert guide is not None
        link = f"[{guide.titles['en']}]({guide.urls['en']})"
        rows.append(f"| `{rule.code}` | {severities} | {plain(english.say(f'rule.{rule.code}'))} | {link} |")
    return "\n".join(rows)


def _rbac() -> str:
    """Return the rules of the ClusterRole, each with the comment that stands over it."""
    text = (ROOT / "deploy" / "base" / "clusterrole.yaml").read_text(encoding="utf-8")
    reasons = re.findall(r"^  # (.*)\n  - ", text, re.MULTILINE)
    rows = ["| May | What it is for |", "| --- | --- |"]
    for rule, reason in zip(yaml.safe_load(text)["rules"], reasons, strict=True):
        (what,) = rule.get("resources") or rule["nonResourceURLs"]
        rows.append(f"| {', '.join(rule['verbs'])} `{what}` | {reason} |")
    return "\n".join(rows)


def _scopes() -> str:
    app = load_slack_app()
    rows = ["| Scope | What it is for | Without it |", "| --- | --- | --- |"]
    for scope in app.scopes:
        optional = f" (only with `--{scope.only_for}`)" if scope.only_for in ON_DEMAND else " (optional)"
        name = f"`{scope.name}`" + (optional if scope.is_optional else "")
        rows.append(f"| {name} | {scope.reason('en')} | {scope.loss('en')} |")
    scope = app.app_scope
    rows.append(f"| `{scope.name}` (app-level token) | {scope.reason('en')} | {scope.loss('en')} |")
    return "\n".join(rows)


def _settings() -> str:
    rows = ["| Variable | Default | What it is |", "| --- | --- | --- |"]
    for name, (default, meaning) in variables().items():
        shown = f"`{default}`" if default else "not set"
        rows.append(f"| `{name}` | {shown} | {meaning} |")
    return "\n".join(rows)


def slack_app() -> str:
    """Return the manifest of the Slack app, as for Socket Mode."""
    return run("manifest").out


#: Every generated file and what makes it.
FILES: Mapping[Path, Callable[[], str]] = {
    ROOT / ".env.example": env_example,
    ROOT / "bot" / "data" / "demo.json": demo,
    ROOT / "README.md": readme,
    ROOT / "deploy" / "slack" / "manifest.yaml": slack_app,
}


def main() -> None:
    """Write every file that is out of date."""
    for name in [name for name in os.environ if name.startswith(PREFIXES)]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # where no .env is read
        for path, make in FILES.items():
            text = make()
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                sys.stdout.write(f"{path.relative_to(ROOT)} written\n")
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
