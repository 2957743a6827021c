"""Every problem of a file that the code can tell has its sentence, and no sentence is without one."""

import ast
from pathlib import Path

import bot
from bot.adapters.yaml_nodes import _PROBLEMS
from tests.unit.adapters.test_knowledge import raw

ADAPTERS = Path(bot.__file__).parent / "adapters"
TOLD_BY = {"NodeError": 0, "Problem": 0, "_lose": 2}


def test_the_sentences_are_those_of_the_problems() -> None:
    told = {key for _, key in _PROBLEMS}
    for name in ("marked", "yaml_nodes", "json_nodes", "manifest_files", "manifests", "slack_files"):
        for node in ast.walk(ast.parse((ADAPTERS / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in TOLD_BY and len(node.args) > TOLD_BY[called]:
                    argument = node.args[TOLD_BY[called]]
                    branches = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
                    told |= {branch.value for branch in branches if isinstance(branch, ast.Constant)}
    told |= {"cut", "not-yaml"}  # told where libyaml says nothing of the kind
    told |= {"message-cut"}  # told by who took the message apart
    assert told == set(raw("messages/en.toml")["file-error"])
