"""Checks Block Kit payloads against Slack's own TypeScript types: kinds of blocks, keys, values of enumerations.

Source of the types: npm ``@slack/types``, MIT, by Slack. They know no lengths and no counts; `bot.render.limits` does.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ERROR = re.compile(r"^(\w+)\.ts\((\d+),\d+\): error (TS\d+: .*(?:\n  .*)*)", re.MULTILINE)


def errors(messages: Mapping[str, Mapping[str, Any]], node_modules: Path, folder: Path) -> dict[str, list[str]]:
    """Return what is wrong with each message ``{"text", "blocks"}``: one text an error, with the line of the payload.

    Args:
        node_modules: where typescript and @slack/types are.
        folder: for the files that are checked; they stay there.
    """
    names = {f"m{number}": name for number, name in enumerate(messages)}
    for file, name in names.items():
        (folder / f"{file}.ts").write_text(_source(messages[name]), encoding="utf-8")
    options = {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,  # of the libraries' own declarations only
        "target": "ES2022",
        "lib": ["ES2022"],
        "module": "preserve",
        "types": [],
        "paths": {"@slack/types": [str(node_modules / "@slack" / "types" / "dist" / "index.d.ts")]},
    }
    project = {"compilerOptions": options, "files": [f"{file}.ts" for file in names]}
    (folder / "tsconfig.json").write_text(json.dumps(project), encoding="utf-8")
    compiler = node_modules / "typescript" / "bin" / "tsc"
    command = ["node", str(compiler), "--project", ".", "--pretty", "false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False)
    found: dict[str, list[str]] = {name: [] for name in messages}
    for file, line, error in _ERROR.findall(done.stdout):
        # The declaration stands on the second line, the payload begins with it.
        found[names[file]].append(f"line {int(line) - 1}: {error}")
    if done.returncode != 0 and not any(found.values()):
        raise AssertionError(f"tsc did not run: {done.stdout}{done.stderr}")
    return found


def _source(message: Mapping[str, Any]) -> str:
    shape = "{ text: string; blocks: KnownBlock[] }"
    payload = json.dumps(message, ensure_ascii=False, indent=1)
    return f'import type {{ KnownBlock }} from "@slack/types";\nexport const message: {shape} = {payload};\n'
