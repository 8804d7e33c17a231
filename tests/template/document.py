"""template.yaml as plain data: `!Ref X` becomes {"Ref": "X"}, `!GetAtt X.Arn` {"Fn::GetAtt": ["X", "Arn"]}."""

from functools import cache
from pathlib import Path
from typing import Any

from local.template import intrinsics

ROOT = Path(__file__).parents[2]


@cache
def template() -> dict[str, Any]:
    """The whole document. It is shared between tests: read it, do not change it."""
    return intrinsics.load((ROOT / "template.yaml").read_text())


def properties(logical_id: str) -> dict[str, Any]:
    """The properties of one resource."""
    return template()["Resources"][logical_id]["Properties"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, such as "AWS::Serverless::Function", by logical id."""
    return {name: item["Properties"] for name, item in template()["Resources"].items() if item["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Every function's properties, by logical id."""
    return of_type("AWS::Serverless::Function")


def queued() -> dict[str, dict[str, Any]]:
    """The events of functions triggered by messages, by function."""
    return {
        name: event["Properties"]
        for name, function in functions().items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }


def attached(function: str) -> list[dict[str, Any]]:
    """Managed policies of every deployment that name the function's role themselves."""
    role = {"Ref": properties(function)["Role"]["Fn::GetAtt"][0]}
    policies = of_type("AWS::IAM::ManagedPolicy").items()
    always = [policy for name, policy in policies if "Condition" not in template()["Resources"][name]]
    return [policy for policy in always if role in map(certainly, policy.get("Roles", []))]


def certainly(value: Any) -> Any:
    """A value, also where only some deployments have it."""
    return value["Fn::If"][1] if isinstance(value, dict) and "Fn::If" in value else value


def statements_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """A policy document's statements, with those that only some deployments have."""
    return [certainly(each) for each in document["Statement"]]


def as_list(value: Any) -> list[Any]:
    """A value or a list of values, as a list: IAM and CloudFormation accept both."""
    return value if isinstance(value, list) else [value]


def either(condition: str, one: object, other: object) -> dict[str, object]:
    """CloudFormation's choice between two values."""
    return {"Fn::If": [condition, one, other]}


GLOBALS = template()["Globals"]["Function"]
"""What all functions share."""
VARIABLES = GLOBALS["Environment"]["Variables"]
NONE, KEY = {"Ref": "AWS::NoValue"}, {"Ref": "KmsKeyArn"}
