"""The tests themselves are tested: each can fail, each is run, and every tool is the same one everywhere."""

from __future__ import annotations

import ast
import importlib.util
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

#: calls that fail a test by themselves, beside those whose name begins with ``assert_``
FAILING_CALLS = {"raises", "fail", "warns", "waitSignal", "waitSignals", "waitUntil", "waitActive"}


def functions_of(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in a file, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def called_names(node: ast.AST) -> set[str]:
    """The last words of everything that is called."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}


def can_fail(node: ast.AST) -> bool:
    """Whether something in a function's own lines can fail it."""
    names = called_names(node)
    return any(isinstance(each, ast.Assert) for each in ast.walk(node)) or bool(
        names & FAILING_CALLS or any(name.startswith("assert_") for name in names)
    )


@pytest.fixture(scope="module")
def trees(root) -> dict[str, ast.Module]:
    """The syntax of every test file."""
    files = sorted((root / "tests").rglob("test_*.py"))
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8")) for path in files}


@pytest.fixture(scope="module")
def batches(root, tmp_path_factory):
    """The groups of `run.py test`, as before its first run."""
    spec = importlib.util.spec_from_file_location("batches", root / "tests" / "batches.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Batches(root, tmp_path_factory.mktemp("memory") / "seconds.json")


def test_every_test_can_fail(trees):
    offenders = []
    for name, tree in trees.items():
        helping = {each.name for each in functions_of(tree) if can_fail(each)}
        tests = [each for each in functions_of(tree) if each.name.startswith("test_")]
        offenders += [f"{name}:{each.lineno} {each.name}" for each in tests if not can_fail(each) and not called_names(each) & helping]
    assert not offenders, f"tests without an assertion: {offenders}"


def test_no_assertion_is_true_by_itself(trees):
    offenders = []
    for name, tree in trees.items():
        for node in ast.walk(tree):
            constants = isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant | ast.Tuple)
            # a value may well have a default; what is asserted may not
            either = isinstance(node, ast.Assert) and any(
                isinstance(each, ast.BoolOp)
                and isinstance(each.op, ast.Or)
                and any(isinstance(v, ast.Constant) and v.value for v in each.values)
                for each in [node.test, *(node.test.values if isinstance(node.test, ast.BoolOp) else [])]
            )
            sides = [ast.dump(each) for each in (node.left, *node.comparators)] if isinstance(node, ast.Compare) else []
            if constants or either or len(set(sides)) < len(sides):
                offenders.append(f"{name}:{node.lineno} {ast.unparse(node)}")
    assert not offenders


def test_every_test_file_is_run_exactly_once(root, batches):
    groups = batches.groups(quick=False)
    files = [name for group in groups.values() for name in group]
    assert sorted(files) == sorted(path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py"))
    assert all(len({Path(name).parent for name in group}) == 1 for group in groups.values())
    quick = [name for group in batches.groups(quick=True).values() for name in group]
    assert set(quick) < set(files) and "tests/test_house_rules.py" in quick and not any(name.startswith("tests/gui") for name in quick)


def test_the_hooks_use_the_tools_of_the_project(root):
    test = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["test"]
    tools = {requirement.split(">")[0] for requirement in test}
    (repository,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    words = [hook["entry"].split() for hook in repository["hooks"]]
    assert repository["repo"] == "local" and all(hook["language"] == "system" for hook in repository["hooks"])
    assert {word[2] for word in words} == {"ruff", "mypy"} <= tools
    assert all(word[:2] == [".venv/bin/python", "-m"] for word in words), "another environment has other versions"


def test_the_workflow_runs_every_python_that_the_project_names(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    linux = yaml.safe_load((root / ".github" / "workflows" / "tests.yml").read_text("utf-8"))["jobs"]["linux"]
    assert project["requires-python"] == f">={linux['strategy']['matrix']['python'][0]}"
