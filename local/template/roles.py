"""Roles of the template that other roles may assume. The role that a function itself runs as has no meaning here."""

from collections.abc import Callable, Mapping
from typing import Any

from local.template.intrinsics import TemplateError
from local.template.permissions import read_policy

Document = dict[str, Any]


def role_policies(name: str, resources: Mapping[str, Any], resolve: Callable[[Any, str], Any]) -> tuple[Document, ...]:
    """A role's permissions and its boundary, as policy documents; empty where no other role may assume it.

    Raises TemplateError for policies that are not in the template or that the local stack cannot evaluate.
    """
    properties = resources[name]["Properties"]
    trusted = [statement["Principal"] for statement in properties["AssumeRolePolicyDocument"]["Statement"]]
    if not any("AWS" in principal for principal in trusted):
        return ()
    own = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    own += [_managed(policy, name, resources) for policy in properties.get("ManagedPolicyArns", [])]
    documents: list[Document] = [{"Statement": [each for document in own for each in document["Statement"]]}]
    if "PermissionsBoundary" in properties:
        documents.append(_managed(properties["PermissionsBoundary"], name, resources))
    resolved = tuple(resolve(document, name) for document in documents)
    for document in resolved:
        try:
            read_policy(document)
        except ValueError as error:
            raise TemplateError(f"{name}: {error}") from error
    return resolved


def _managed(policy: Any, role: str, resources: Mapping[str, Any]) -> Document:
    resource = resources.get(policy.get("Ref", "")) if isinstance(policy, dict) else None
    if resource is None:
        raise TemplateError(f"{role}: the local stack supports only policies in the template itself")
    return resource["Properties"]["PolicyDocument"]
