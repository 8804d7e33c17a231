"""CloudFormation's language: YAML tags, parameters, conditions and intrinsic functions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

REGION = "us-east-1"
ACCOUNT = "123456789012"
STACK = "visage-local"

NO_VALUE = object()
"""What `AWS::NoValue` resolves to: the property counts as absent."""

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": NO_VALUE,
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_CONDITIONALS = {"Condition", "Fn::And", "Fn::Contains", "Fn::Equals", "Fn::Not", "Fn::Or"}
_FUNCTIONS = {"Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::Sub", "Ref"}
KNOWN = _FUNCTIONS | _CONDITIONALS


class TemplateError(Exception):
    """The local stack cannot handle something in the template; the message says where."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # in C where there is libyaml, ten times as fast
    """A YAML loader that turns `!Sub` and other short forms into their long form."""


def _construct_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct_tag)
# A date such as AWSTemplateFormatVersion is a string in CloudFormation.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str) -> dict[str, Any]:
    """Parse the text as a YAML mapping. Raises TemplateError when it is none."""
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise TemplateError(f"not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError("not a mapping")
    return document


def check_functions(value: Any, where: str) -> None:
    """Raise TemplateError for an unknown intrinsic function anywhere in `value`, even where nothing is resolved."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str) and key.startswith("Fn::") and key not in KNOWN:
                raise TemplateError(f"{where}: unknown intrinsic function {key}")
            check_functions(inner, where if key in KNOWN else f"{where}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            check_functions(inner, f"{where}[{index}]")


def parameter_values(declared: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    """Values of the template's parameters: the override, or else the default. Raises TemplateError."""
    if unknown := sorted(overrides.keys() - declared.keys()):
        raise TemplateError(f"Parameters: the template has no parameter {', '.join(unknown)}")
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        if name not in overrides and "Default" not in parameter:
            raise TemplateError(f"Parameters.{name}: has no default; give --parameter {name}=VALUE")
        value = str(overrides.get(name, parameter.get("Default")))
        allowed = [str(choice) for choice in parameter.get("AllowedValues", [value])]
        if value not in allowed:
            raise TemplateError(f"Parameters.{name}: {value!r} is not one of {', '.join(allowed)}")
        if (pattern := parameter.get("AllowedPattern")) and not re.fullmatch(pattern, value):
            raise TemplateError(f"Parameters.{name}: {value!r} does not match {pattern}")
        if parameter["Type"] == "Number" and not _within(value, parameter):
            raise TemplateError(f"Parameters.{name}: {value!r} is not a number that the template allows")
        is_list = parameter["Type"] in ("CommaDelimitedList", "List<String>", "List<Number>")
        values[name] = [part.strip() for part in value.split(",")] if is_list else value
    return values


def _within(value: str, parameter: Mapping[str, Any]) -> bool:
    try:
        return float(parameter.get("MinValue", "-inf")) <= float(value) <= float(parameter.get("MaxValue", "inf"))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves values of the template to plain values. Errors name `where`, the resource and property."""

    parameters: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    attribute: Callable[[str, str | None, str], str]
    """`(logical id, attribute or None for Ref, where)` → that value of a created resource."""
    _in_progress: set[str] = field(default_factory=set)

    def resolve(self, value: Any, where: str) -> Any:
        if isinstance(value, list):
            resolved = [self.resolve(inner, f"{where}[{index}]") for index, inner in enumerate(value)]
            return [inner for inner in resolved if inner is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            if name in _FUNCTIONS:
                try:
                    return self._call(name, argument, where)
                except (AttributeError, LookupError, TypeError, ValueError) as error:
                    raise TemplateError(f"{where}: {name} does not take {argument!r}") from error
            if isinstance(name, str) and name.startswith("Fn::"):
                raise TemplateError(f"{where}: unknown intrinsic function {name}")
        resolved = {key: self.resolve(inner, f"{where}.{key}") for key, inner in value.items()}
        return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}

    def condition(self, name: str, where: str) -> bool:
        """The value of a named condition."""
        if name not in self.conditions:
            raise TemplateError(f"{where}: no condition is named {name}")
        if name in self._in_progress:
            raise TemplateError(f"Conditions.{name}: refers to itself")
        self._in_progress.add(name)
        try:
            return self._truth(self.conditions[name], f"Conditions.{name}")
        finally:
            self._in_progress.discard(name)

    def check_rules(self, rules: Mapping[str, Any]) -> None:
        """Raises TemplateError where the parameters break a rule of the template."""
        for name, rule in rules.items():
            where = f"Rules.{name}"
            if "RuleCondition" in rule and not self._truth(rule["RuleCondition"], where):
                continue
            for each in rule["Assertions"]:
                if not self._truth(each["Assert"], where):
                    raise TemplateError(f"{where}: {each.get('AssertDescription', 'does not hold')}")

    def _truth(self, value: Any, where: str) -> bool:
        if isinstance(value, dict) and len(value) == 1:
            (name, argument), = value.items()
            match name:
                case "Condition":
                    return self.condition(argument, where)
                case "Fn::And":
                    return all(self._truth(part, where) for part in argument)
                case "Fn::Or":
                    return any(self._truth(part, where) for part in argument)
                case "Fn::Not":
                    return not self._truth(argument[0], where)
                case "Fn::Contains":
                    return self.resolve(argument[1], where) in self.resolve(argument[0], where)
                case "Fn::Equals":
                    left, right = (self.resolve(part, where) for part in argument)
                    return left == right if isinstance(left, list) else str(left) == str(right)
            raise TemplateError(f"{where}: unknown intrinsic function {name} in a condition")
        raise TemplateError(f"{where}: not a condition")

    def _call(self, name: str, argument: Any, where: str) -> Any:
        match name:
            case "Ref":
                return self._reference(argument, where)
            case "Fn::GetAtt":
                return self.attribute(argument[0], argument[1], where)
            case "Fn::If":
                chosen = argument[1] if self.condition(argument[0], where) else argument[2]
                return self.resolve(chosen, where)
            case "Fn::Sub":
                return self._substitute(argument, where)
            case "Fn::Join":
                return argument[0].join(str(part) for part in self.resolve(argument[1], where))
            case "Fn::Split":
                return self.resolve(argument[1], where).split(argument[0])
            case "Fn::Select":
                return self.resolve(argument[1], where)[int(self.resolve(argument[0], where))]
            case "Fn::FindInMap":
                first, second, third = (self.resolve(part, where) for part in argument)
                try:
                    return self.mappings[first][second][third]
                except KeyError as error:
                    raise TemplateError(f"{where}: the mapping {first} has no {second}.{third}") from error
        raise TemplateError(f"{where}: unknown intrinsic function {name}")

    def _reference(self, name: str, where: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        return self.attribute(name, None, where)

    def _substitute(self, argument: Any, where: str) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in variables:
                return str(self.resolve(variables[name], where))
            if "." in name:
                return str(self.attribute(*name.split(".", 1), where))
            return str(self._reference(name, where))

        return re.sub(r"\$\{([^}]+)\}", replace, text)
