"""CloudFormation creates a resource after those that it refers to. SAM adds resources that linters do not see."""

import json
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

from tests.template.document import ROOT
from tests.template.tools import run, tool


def named(value: Any) -> Iterator[str]:
    """What a value refers to: resources, parameters, and names of a substitution's own."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0] if isinstance(inner, list) else inner.partition(".")[0]
            elif key == "Fn::Sub":
                text, variables = (inner, {}) if isinstance(inner, str) else inner
                yield from (name.partition(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
                yield from named(variables)
            else:
                yield from named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner)


def waits_for(resource: dict[str, Any]) -> set[str]:
    given = resource.get("DependsOn", [])
    return {*named(resource.get("Properties", {})), *([given] if isinstance(given, str) else given)}


def test_no_resource_waits_for_itself() -> None:
    answer = run(tool(".venv-sam", "python"), ROOT / "tests/template/expand.py", ROOT / "template.yaml")
    assert answer.returncode == 0, answer.stderr
    resources = json.loads(answer.stdout.splitlines()[-1])
    assert "OnUploadFunctionDroppedPermission" in resources["UploadBucket"]["DependsOn"]
    waiting = {name: waits_for(resource) & resources.keys() for name, resource in resources.items()}
    assert len([*TopologicalSorter(waiting).static_order()]) == len(resources)
