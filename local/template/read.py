"""Reads template.yaml: functions, routes, triggers, tables, buckets, vector buckets, queues, assumable roles."""

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from local.template import intrinsics, roles
from local.template.event_sources import read_failures, read_trigger
from local.template.intrinsics import ACCOUNT, NO_VALUE, REGION, STACK, Resolver, TemplateError
from local.template.model import INTEGRATION_TIMEOUT, Api, Function, GatewayResponse, Route, Template, Throttle
from local.template.resources import (
    EVENTS,
    METHOD_SETTING,
    RESOURCE_ATTRIBUTES,
    RESOURCES,
    SECTIONS,
    WITHOUT_LOCAL_MEANING,
    Support,
)

_SERVERLESS = "AWS::Serverless::"
_GATEWAY_RESPONSE = RESOURCES["AWS::ApiGateway::GatewayResponse"]


def read_template(path: Path, parameters: Mapping[str, str] | None = None) -> Template:
    """Parse the template. Raises TemplateError where the local stack cannot handle it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from error
    return _Reader(path, intrinsics.load(text), parameters or {}).template()


class _Reader:
    def __init__(self, path: Path, document: dict[str, Any], overrides: Mapping[str, str]) -> None:
        if unknown := sorted(document.keys() - SECTIONS):
            raise TemplateError(f"unknown section {', '.join(unknown)}")
        intrinsics.check_functions(document, path.name)
        self._root = path.resolve().parent
        self._globals = document.get("Globals", {})
        known = {kind.removeprefix(_SERVERLESS) for kind in RESOURCES if kind.startswith(_SERVERLESS)}
        _check_keys("Globals", self._globals, known)
        self._resources: dict[str, dict[str, Any]] = document.get("Resources", {})
        self._rules = document.get("Rules", {})
        self._resolver = Resolver(
            intrinsics.parameter_values(document.get("Parameters", {}), overrides),
            document.get("Mappings", {}),
            document.get("Conditions", {}),
            self._attribute,
        )

    def template(self) -> Template:
        self._resolver.check_rules(self._rules)
        for name, resource in self._resources.items():
            self._check(name, resource)
        functions = dict(self._functions())
        events = list(self._events(functions))
        return Template(
            root=self._root,
            functions=functions,
            api=self._api(tuple(self._routes(events))),
            triggers=tuple(
                read_trigger(kind, function, functions[function].failures, properties, where)
                for function, kind, properties, where in events
                if kind != "Api" and properties.get("Enabled", True)
            ),
            tables=tuple(self._named("AWS::DynamoDB::Table", "TableName")),
            buckets=tuple(properties["BucketName"] for properties in self._named("AWS::S3::Bucket", "BucketName")),
            vector_buckets=tuple(
                properties["VectorBucketName"]
                for properties in self._named("AWS::S3Vectors::VectorBucket", "VectorBucketName")
            ),
            queues=tuple(self._named("AWS::SQS::Queue", "QueueName")),
            roles=dict(self._roles()),
        )

    # -- resources ---------------------------------------------------------------------------------------------------

    def _check(self, name: str, resource: dict[str, Any]) -> None:
        if unknown := sorted(resource.keys() - RESOURCE_ATTRIBUTES):
            raise TemplateError(f"{name}: unknown attribute {', '.join(unknown)}")
        kind = resource.get("Type")
        if kind in WITHOUT_LOCAL_MEANING:
            return
        if kind not in RESOURCES:
            raise TemplateError(f"{name}: the local stack does not support the resource type {kind}")
        _check_properties(name, kind, self._merged(name), RESOURCES[kind])

    def _merged(self, name: str) -> dict[str, Any]:
        """A resource's unresolved properties, with the Globals of its type."""
        resource = self._resources[name]
        short = resource["Type"].removeprefix(_SERVERLESS)
        return _merge(self._globals.get(short, {}), resource.get("Properties", {}))

    def _present(self, name: str) -> bool:
        condition = self._resources[name].get("Condition")
        return condition is None or self._resolver.condition(condition, name)

    def _all(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and resolved supported properties of each resource of this type whose condition holds."""
        for name, resource in self._resources.items():
            if resource["Type"] == kind and self._present(name):
                properties = self._merged(name)
                honoured = {key: properties[key] for key in properties.keys() & RESOURCES[kind].honoured}
                yield name, self._resolver.resolve(honoured, name)

    def _named(self, kind: str, name_property: str) -> Iterator[dict[str, Any]]:
        for name, properties in self._all(kind):
            yield {**properties, name_property: self._physical(name)}

    def _physical(self, name: str) -> str:
        """A resource's physical name: the one in the template, or else one made of stack name and logical id."""
        kind = self._resources[name]["Type"]
        key = {"AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName", "AWS::SQS::Queue": "QueueName",
               "AWS::S3Vectors::VectorBucket": "VectorBucketName",
               "AWS::Serverless::Function": "FunctionName"}.get(kind)
        properties = self._resources[name].get("Properties", {})
        if key in properties:
            given = self._resolver.resolve(properties[key], f"{name}.{key}")
            if given is not NO_VALUE:
                return str(given)
        made = f"{STACK}-{name}"
        if kind in ("AWS::S3::Bucket", "AWS::S3Vectors::VectorBucket"):
            return made.lower()
        return f"{made}.fifo" if self._resources[name].get("Properties", {}).get("FifoQueue") else made

    def _attribute(self, name: str, attribute: str | None, where: str) -> str:
        if name not in self._resources:
            raise TemplateError(f"{where}: no parameter or resource is named {name}")
        if not self._present(name):
            raise TemplateError(f"{where}: {name} is not created with these parameters")
        kind = self._resources[name]["Type"]
        own = self._physical(name)
        match kind, attribute:
            case ("AWS::DynamoDB::Table" | "AWS::S3::Bucket" | "AWS::Serverless::Function", None):
                return own
            case "AWS::SQS::Queue", "QueueName":
                return own
            case ("AWS::Serverless::Api" | "AWS::Serverless::LayerVersion", None):
                return name
            case "AWS::DynamoDB::Table", "Arn":
                return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{own}"
            case "AWS::DynamoDB::Table", "StreamArn":
                return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{own}/stream/local"
            case "AWS::S3::Bucket", "Arn":
                return f"arn:aws:s3:::{own}"
            case "AWS::S3Vectors::VectorBucket", (None | "VectorBucketArn"):
                return f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/{own}"
            case "AWS::SQS::Queue", "Arn":
                return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{own}"
            case "AWS::SQS::Queue", (None | "QueueUrl"):
                # A client with its own endpoint connects there and uses only the path of this URL.
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{own}"
            case "AWS::IAM::Role", "Arn":
                return f"arn:aws:iam::{ACCOUNT}:role/{own}"
            case "AWS::SecretsManager::Secret", None:
                return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{own}"
            case "AWS::Serverless::Function", "Arn":
                return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{own}"
        what = f"{name}.{attribute}" if attribute else name
        raise TemplateError(f"{where}: the local stack does not support {what} ({kind})")

    def _roles(self) -> Iterator[tuple[str, tuple[dict[str, Any], ...]]]:
        for name, resource in self._resources.items():
            if resource["Type"] != "AWS::IAM::Role" or not self._present(name):
                continue
            if documents := roles.role_policies(name, self._resources, self._resolver.resolve):
                yield self._attribute(name, "Arn", name), documents

    # -- functions ---------------------------------------------------------------------------------------------------

    def _functions(self) -> Iterator[tuple[str, Function]]:
        for name, properties in self._all("AWS::Serverless::Function"):
            environment = properties.get("Environment", {})
            _check_keys(f"{name}.Environment", environment, {"Variables"})
            reserved = properties.get("ReservedConcurrentExecutions")
            yield name, Function(
                name=name,
                handler=properties["Handler"],
                code=self._root / properties["CodeUri"],
                layers=tuple(self._layer(layer, name) for layer in properties.get("Layers", [])),
                environment={key: _text(value) for key, value in environment.get("Variables", {}).items()},
                timeout=float(properties.get("Timeout", 3)),
                memory=int(properties.get("MemorySize", 128)),
                reserved=None if reserved is None else int(reserved),
                failures=read_failures(properties.get("EventInvokeConfig", {}), f"{name}.EventInvokeConfig"),
            )

    def _layer(self, layer: str, function: str) -> Path:
        if layer not in self._resources:
            raise TemplateError(f"{function}.Layers: {layer} is not a layer of this template")
        where = f"{layer}.ContentUri"
        return self._root / self._resolver.resolve(self._merged(layer)["ContentUri"], where)

    def _events(self, functions: Mapping[str, Function]) -> Iterator[tuple[str, str, dict[str, Any], str]]:
        """Function, event type, resolved properties and place in the template of every event."""
        for name in functions:
            for event, source in self._merged(name).get("Events", {}).items():
                kind, where = source["Type"], f"{name}.Events.{event}"
                _check_keys(where, source, {"Type", "Properties"})
                if kind not in EVENTS:
                    raise TemplateError(f"{where}: the local stack does not support the event type {kind}")
                properties = source.get("Properties", {})
                _check_properties(where, kind, properties, EVENTS[kind])
                honoured = {key: properties[key] for key in properties.keys() & EVENTS[kind].honoured}
                yield name, kind, self._resolver.resolve(honoured, where), where

    # -- the API -----------------------------------------------------------------------------------------------------

    def _routes(self, events: list[tuple[str, str, dict[str, Any], str]]) -> Iterator[Route]:
        for function, kind, properties, _where in events:
            if kind == "Api":
                milliseconds = float(properties.get("TimeoutInMillis", INTEGRATION_TIMEOUT * 1000))
                yield Route(properties["Path"], properties["Method"].upper(), function, milliseconds / 1000)

    def _distribution(self) -> dict[str, str] | None:
        """The headers that the distribution before the API shows to it; None where there is none."""
        for name, resource in self._resources.items():
            if resource["Type"] == "AWS::CloudFront::Distribution" and self._present(name):
                origin, *_others = resource["Properties"]["DistributionConfig"]["Origins"]  # the API is the first
                shown = self._resolver.resolve(origin.get("OriginCustomHeaders", []), f"{name}.OriginCustomHeaders")
                return {each["HeaderName"]: each["HeaderValue"] for each in shown}
        return None

    def _api(self, routes: tuple[Route, ...]) -> Api | None:
        apis = list(self._all("AWS::Serverless::Api"))
        if not apis:
            if routes:
                raise TemplateError(f"{routes[0].function} has an Api event, but the template has no API")
            return None
        if len(apis) > 1:
            raise TemplateError(f"{apis[1][0]}: the local stack serves one API only")
        (name, properties), = apis
        settings = properties.get("MethodSettings", [])
        known = METHOD_SETTING.honoured | METHOD_SETTING.meaningless
        for index, setting in enumerate(settings):
            _check_keys(f"{name}.MethodSettings[{index}]", setting, known)
        responses = {
            kind: _gateway_response(given, f"{name}.GatewayResponses.{kind}")
            for kind, given in properties.get("GatewayResponses", {}).items()
        }
        for own, given in self._all("AWS::ApiGateway::GatewayResponse"):
            responses[given["ResponseType"]] = _gateway_response(given, own)
        return Api(
            name=name,
            stage=properties["StageName"],
            variables=properties.get("Variables", {}),
            routes=routes,
            responses=responses,
            distribution=self._distribution(),
            binary_types=frozenset(kind.replace("~1", "/").lower() for kind in properties.get("BinaryMediaTypes", ())),
            throttles=tuple(
                Throttle(
                    path=_resource_path(setting["ResourcePath"]),
                    method=setting["HttpMethod"],
                    rate=float(setting["ThrottlingRateLimit"]),
                    burst=int(setting["ThrottlingBurstLimit"]),
                )
                for setting in settings
                if "ThrottlingRateLimit" in setting and "ThrottlingBurstLimit" in setting
            ),
        )


def _check_properties(where: str, kind: str, properties: Mapping[str, Any], support: Support) -> None:
    if unknown := sorted(properties.keys() - support.honoured - support.meaningless):
        raise TemplateError(f"{where}: the local stack does not support {', '.join(unknown)} of {kind}")


def _check_keys(where: str, given: Mapping[str, Any], known: Set[str]) -> None:
    if unknown := sorted(given.keys() - known):
        raise TemplateError(f"{where}: the local stack does not support {', '.join(unknown)}")


def _merge(base: Any, over: Any) -> Any:
    """Merge values by SAM's rule for Globals: mappings are merged, lists concatenated, other values replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: _merge(base[key], value) if key in base else value for key, value in over.items()}}
    if isinstance(base, list) and isinstance(over, list):
        return base + over
    return over


def _text(value: Any) -> str:
    """The value of an environment variable as CloudFormation writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resource_path(setting: str) -> str:
    """The path of a method setting: it begins with an extra slash, and its own slashes are written `~1`; `/*` means
    all."""
    return setting if setting == "/*" else setting.removeprefix("/").replace("~1", "/")


def _gateway_response(given: Mapping[str, Any], where: str) -> GatewayResponse:
    _check_keys(where, given, _GATEWAY_RESPONSE.honoured)
    parameters = given.get("ResponseParameters", {})
    headers = parameters.get("Headers", {})
    for key, value in parameters.items():
        if key.startswith("gatewayresponse.header."):
            headers = {**headers, key.removeprefix("gatewayresponse.header."): value}
        elif key != "Headers":
            raise TemplateError(f"{where}.ResponseParameters: the local stack does not support {key}")
    for key, value in headers.items():
        if not (isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == "'"):
            raise TemplateError(f"{where}.ResponseParameters.{key}: the local stack supports only 'quoted' values")
    status = given.get("StatusCode")
    return GatewayResponse(
        status=None if status is None else int(status),
        headers={key: value[1:-1] for key, value in headers.items()},
        templates=given.get("ResponseTemplates", {}),
    )
