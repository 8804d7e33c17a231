"""The API, its own responses, and the front door."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from local.template.intrinsics import Resolver, parameter_values
from tests.template.document import functions, properties, template
from visage.api.dialects.request import ORIGIN as ORIGIN_HEADER
from visage.api.errors import TABLE
from visage.api.oss import IMAGES
from visage.errors import Reason

API = properties("Api")
RESPONSES = API["GatewayResponses"]
DISTRIBUTION = properties("Distribution")["DistributionConfig"]
ORIGIN = DISTRIBUTION["Origins"][0]
BEHAVIOUR = DISTRIBUTION["DefaultCacheBehavior"]

ROUTES = {
    ("ANY", "/"): "RpcFunction",
    ("POST", "/green/sface/person/add"): "AddPersonFunction",
    ("POST", "/green/sface/person/update"): "SetPersonFunction",
    ("POST", "/green/sface/person"): "GetPersonFunction",
    ("POST", "/green/sface/person/delete"): "DeletePersonFunction",
    ("POST", "/green/sface/person/groups/add"): "AddGroupsFunction",
    ("POST", "/green/sface/person/groups/delete"): "DeleteGroupsFunction",
    ("POST", "/green/sface/groups"): "GetGroupsFunction",
    ("POST", "/green/sface/group/persons"): "GetPersonsFunction",
    ("POST", "/green/sface/face/add"): "AddFacesFunction",
    ("POST", "/green/sface/faces"): "GetFacesFunction",
    ("POST", "/green/sface/face/delete"): "DeleteFacesFunction",
    ("POST", "/green/sface/search"): "SearchPersonFunction",
    ("POST", "/green/image/scan"): "ScanImageFunction",
    ("POST", "/green/face/detect"): "DetectFaceFunction",
    ("POST", "/green/face/liveness/session"): "CreateLivenessSessionFunction",
    ("POST", "/green/face/liveness/verify"): "VerifyLivenessFunction",
    ("POST", "/green/image/asyncscan"): "ScanImageAsyncFunction",
    ("POST", "/green/image/results"): "GetScanResultsFunction",
    ("POST", "/green/credentials/uploadcredentials"): "CreateUploadCredentialsFunction",
    ("POST", "/visage/clients"): "ManageClientsFunction",
    ("PUT", "/{key+}"): "PutObjectFunction",
}
STATUSES = {
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "RESOURCE_NOT_FOUND": 404,
    "INVALID_SIGNATURE": 404,
    "ACCESS_DENIED": 403,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "THROTTLED": 429,
    "DEFAULT_4XX": 400,
    "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 503,
    "DEFAULT_5XX": 500,
}
GREEN_CODES = {413: 589, 415: 400, 429: 588}
"""Green's own number where it is not the HTTP status."""

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a"
STAGE = "Api.execute-api.us-east-1.amazonaws.com/Api.Stage"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/rates/0a"
LOGGED = {
    "requestId",
    "requestTime",
    "httpMethod",
    "resourcePath",
    "status",
    "error.responseType",
    "responseLength",
    "responseLatency",
    "integrationLatency",
}
"""What an access log may say: nothing of the caller, and of the address only the route."""


def body(kind: str) -> dict[str, Any]:
    """A gateway response's body as a client reads it."""
    text = RESPONSES[kind]["ResponseTemplates"]["application/json"]
    return json.loads(text.replace("$context.requestId", "id").replace("$context.domainName", "host"))


def test_every_route_leads_to_its_function() -> None:
    found = {}
    for name, function in functions().items():
        for event in function.get("Events", {}).values():
            if event["Type"] == "Api":
                route = event["Properties"]
                assert route["RestApiId"] == {"Ref": "Api"}
                found[route["Method"], route["Path"]] = name
    assert found == ROUTES


def test_only_images_reach_the_functions_as_bytes() -> None:
    """Everything else is passed as text: Base64 would take a quarter of a function's payload limit."""
    assert {kind.replace("~1", "/") for kind in API["BinaryMediaTypes"]} == IMAGES
    assert "Api" not in template()["Globals"]


def test_gateway_answers_have_the_contracts_statuses() -> None:
    assert {kind: response["StatusCode"] for kind, response in RESPONSES.items()} == STATUSES


@pytest.mark.parametrize("kind", RESPONSES)
def test_gateway_responses_have_both_products_fields(kind: str) -> None:
    answer, status = body(kind), STATUSES[kind]
    assert set(answer) == {"code", "msg", "requestId", "Code", "Message", "RequestId", "HostId"}
    assert answer["msg"] == answer["Message"]
    assert answer["requestId"] == answer["RequestId"] == "id"
    assert answer["HostId"] == "host"
    assert answer["code"] == GREEN_CODES.get(status, status)


@pytest.mark.parametrize("kind", ["MISSING_AUTHENTICATION_TOKEN", "RESOURCE_NOT_FOUND", "INVALID_SIGNATURE"])
def test_an_unknown_address_is_answered_like_an_unknown_action(kind: str) -> None:
    wire = TABLE[Reason.UNKNOWN_ACTION]
    assert (STATUSES[kind], body(kind)["Code"], body(kind)["Message"]) == (wire.status, wire.code, wire.message)


def test_a_too_large_request_is_referred_to_uploads() -> None:
    assert "oss://" in body("REQUEST_TOO_LARGE")["Message"]


def test_flow_control_has_the_clouds_own_code() -> None:
    assert body("THROTTLED")["Code"] == "Throttling.User"


def test_bodies_and_queries_are_not_logged() -> None:
    (settings,) = API["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert (settings["LoggingLevel"], settings["DataTraceEnabled"]) == ("OFF", False)
    assert "Logging" not in DISTRIBUTION


def test_the_access_log_has_no_personal_data() -> None:
    line = API["AccessLogSetting"]["Format"]
    assert set(re.findall(r"\$context\.([\w.]+)", line)) == LOGGED
    assert json.loads(re.sub(r"\$context\.[\w.]+", "x", line))


def test_requests_are_throttled_at_the_stage() -> None:
    (settings,) = API["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}


def test_the_functions_accept_the_current_and_the_previous_front_door_secret() -> None:
    def version(parameter: str) -> str:
        return f"{{{{resolve:secretsmanager:${{FrontDoorSecret}}:SecretString:::${{{parameter}}}}}}}"

    shown, former = version("OriginSecretVersion"), version("FormerSecretVersion")
    assert ORIGIN["OriginCustomHeaders"] == [{"HeaderName": ORIGIN_HEADER, "HeaderValue": {"Fn::Sub": shown}}]
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["VISAGE_ORIGIN_SECRETS"] == {"Fn::If": ["HasCloudFront", {"Fn::Sub": f"{shown},{former}"}, ""]}
    assert "Auth" not in API


@pytest.mark.parametrize(
    ("given", "made", "endpoint"),
    [
        ({}, {"Distribution", "TellHost", "FrontDoorSecret"}, "Distribution.DomainName"),
        (
            {"FrontDoor": "domain", "DomainName": "faces.example.com", "CertificateArn": CERTIFICATE},
            {"RegionalDomain", "RegionalDomainMapping"},
            "faces.example.com",
        ),
        ({"FrontDoor": "none"}, set(), STAGE),
        ({"FrontDoor": "none", "WebAclArn": WEB_ACL}, {"RegionalWebAcl"}, STAGE),
    ],
)
def test_the_endpoint_names_the_one_front_door(given: dict[str, str], made: set[str], endpoint: str) -> None:
    resolver = Resolver(
        parameter_values(template()["Parameters"], given), {}, template()["Conditions"],
        lambda name, attribute, _where: f"{name}.{attribute}" if attribute else name,
    )  # fmt: skip
    doors = {"Distribution", "TellHost", "FrontDoorSecret", "RegionalDomain", "RegionalDomainMapping", "RegionalWebAcl"}
    conditions = {name: template()["Resources"][name]["Condition"] for name in doors}
    assert {name for name, condition in conditions.items() if resolver.condition(condition, name)} == made
    assert resolver.resolve(template()["Outputs"]["Endpoint"]["Value"], "Endpoint") == endpoint


def test_a_domain_of_the_region_has_no_path_and_no_way_past_it() -> None:
    domain, mapping = properties("RegionalDomain"), properties("RegionalDomainMapping")
    assert "BasePath" not in mapping and mapping["Stage"] == {"Ref": "Api.Stage"}
    assert domain["SecurityPolicy"] == "TLS_1_2"
    assert API["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasRegionalDomain", True, False]}
    assert API["AlwaysDeploy"], "a stage keeps its former front door until it is deployed anew"


def test_the_secret_has_a_length_that_api_gateway_takes() -> None:
    generated = properties("FrontDoorSecret")["GenerateSecretString"]
    assert 20 <= generated["PasswordLength"] <= 128
    assert generated["ExcludePunctuation"] is True


def test_the_front_door_adds_the_stage_and_passes_everything_on() -> None:
    assert ORIGIN["OriginPath"] == "/" + API["StageName"]
    assert ORIGIN["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    # Two policies that AWS keeps: Managed-CachingDisabled and Managed-AllViewerExceptHostHeader.
    assert BEHAVIOUR["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert BEHAVIOUR["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert {"GET", "POST"} <= set(BEHAVIOUR["AllowedMethods"])
    assert BEHAVIOUR["ViewerProtocolPolicy"] == "https-only"


def test_errors_are_not_cached() -> None:
    kept = {entry["ErrorCode"]: entry["ErrorCachingMinTTL"] for entry in DISTRIBUTION["CustomErrorResponses"]}
    assert kept == dict.fromkeys([400, 403, 404, 405, 414, 500, 501, 502, 503, 504], 0)


def test_a_custom_domain_is_served_with_its_certificate() -> None:
    none = {"Ref": "AWS::NoValue"}
    assert DISTRIBUTION["Aliases"] == {"Fn::If": ["HasDomain", [{"Ref": "DomainName"}], none]}
    condition, custom, default = DISTRIBUTION["ViewerCertificate"]["Fn::If"]
    assert condition == "HasDomain"
    assert custom["AcmCertificateArn"] == {"Ref": "CertificateArn"}
    assert custom["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert default == {"CloudFrontDefaultCertificate": True}


def test_every_request_passes_the_function_that_forwards_the_host() -> None:
    (association,) = BEHAVIOUR["FunctionAssociations"]
    assert association == {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["TellHost", "FunctionARN"]}}


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.parametrize("forged", [{}, {"x-forwarded-host": {"value": "forged", "multiValue": [{"value": "forged"}]}}])
def test_the_origin_is_told_the_host_that_the_client_called(forged: dict[str, Any]) -> None:
    request = {"method": "POST", "uri": "/", "headers": {"host": {"value": "faces.example.com"}, **forged}}
    code = properties("TellHost")["FunctionCode"]
    script = f"{code}; console.log(JSON.stringify(handler({json.dumps({'request': request})})))"
    answer = json.loads(subprocess.run(["node", "-e", script], check=True, capture_output=True, text=True).stdout)
    request["headers"]["x-forwarded-host"] = {"value": "faces.example.com"}
    assert answer == request
