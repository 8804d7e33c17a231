"""What the local stack reads from a template, and what it refuses to ignore."""

from pathlib import Path

import pytest

from local.stack import TEMPLATE as OURS
from local.template import intrinsics
from local.template.intrinsics import TemplateError
from local.template.model import Template
from local.template.read import read_template

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/0a"

BASE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String, Default: dev, AllowedValues: [dev, prod]}}
  Names: {{Type: CommaDelimitedList, Default: "a, b"}}
Mappings:
  Sizes: {{dev: {{memory: 128}}, prod: {{memory: 512}}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Both: !And [!Condition IsProd, !Not [!Equals [a, b]]]
  Either: !Or [!Condition IsProd, !Equals [a, b]]
Globals:
  Function: {{Timeout: 7, Environment: {{Variables: {{SHARED: s, OVER: global}}}}}}
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      CodeUri: functions/
      MemorySize: !FindInMap [Sizes, !Ref Stage, memory]
      Environment: {{Variables: {{OVER: own, X: {value}}}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {{KeySchema: []}}
  Queue: {{Type: AWS::SQS::Queue}}
  Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub "${{Stage}}-images"}}}}
  Extra: {{Type: AWS::S3::Bucket, Condition: IsProd}}
  Vectors: {{Type: AWS::S3Vectors::VectorBucket, Condition: IsProd}}
{more}
"""


def _read(tmp_path: Path, value: str = "x", more: str = "", **parameters: str) -> Template:
    file = tmp_path / "template.yaml"
    file.write_text(BASE.format(value=value, more=more))
    return read_template(file, parameters)


@pytest.mark.parametrize(
    ("value", "dev", "prod"),
    [
        ("!Ref Stage", "dev", "prod"),
        ("!Ref Table", "visage-local-Table", "visage-local-Table"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:us-east-1:123456789012:visage-local-Queue", None),
        ("!GetAtt Bucket.Arn", "arn:aws:s3:::dev-images", "arn:aws:s3:::prod-images"),
        ('!Sub "${AWS::StackName}/${Stage}/${!Raw}"', "visage-local/dev/${Raw}", None),
        ('!Sub ["${A}-${Stage}", {A: !Ref AWS::Region}]', "us-east-1-dev", None),
        ("!If [IsProd, yes-it-is, !Ref AWS::AccountId]", "123456789012", "yes-it-is"),
        ('!If [IsProd, !Ref Vectors, ""]', "", "arn:aws:s3vectors:us-east-1:123456789012:bucket/visage-local-vectors"),
        ("!If [Both, 1, 2]", "2", "1"),
        ("!If [Either, 1, 2]", "2", "1"),
        ("!Join ['-', [a, !Ref Stage]]", "a-dev", "a-prod"),
        ("!Select [1, !Ref Names]", "b", "b"),
        ("!Select [0, !Split [':', 'x:y']]", "x", "x"),
        ("true", "true", "true"),
    ],
)
def test_intrinsic_functions_are_resolved(tmp_path: Path, value: str, dev: str, prod: str | None) -> None:
    assert _read(tmp_path, value).functions["One"].environment["X"] == dev
    assert prod is None or _read(tmp_path, value, Stage="prod").functions["One"].environment["X"] == prod


def test_no_value_leaves_the_property_out(tmp_path: Path) -> None:
    assert "X" not in _read(tmp_path, "!If [IsProd, 1, !Ref AWS::NoValue]").functions["One"].environment


ROLE = """
  Uploader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {principal}, Action: "sts:AssumeRole"}}]}}
      ManagedPolicyArns: [{policy}]
      PermissionsBoundary: !Ref Put
  Put:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - {{Effect: Allow, Action: "s3:PutObject", Resource: !Sub "${{Bucket.Arn}}/*", Condition: {condition}}}
"""
ROLE_PARTS = {"principal": "{AWS: !Ref AWS::AccountId}", "policy": "!Ref Put", "condition": "{}"}


def test_a_role_that_others_take_on_is_read_with_what_bounds_it(tmp_path: Path) -> None:
    roles = _read(tmp_path, "!GetAtt Uploader.Arn", ROLE.format(**ROLE_PARTS)).roles
    ((arn, bounds),) = roles.items()
    assert arn == "arn:aws:iam::123456789012:role/visage-local-Uploader"
    assert [statement["Resource"] for bound in bounds for statement in bound["Statement"]] == [
        "arn:aws:s3:::dev-images/*"
    ] * 2


def test_a_role_of_functions_means_nothing(tmp_path: Path) -> None:
    parts = ROLE_PARTS | {"principal": "{Service: lambda.amazonaws.com}", "policy": "arn:aws:iam::aws:policy/Any"}
    assert _read(tmp_path, more=ROLE.format(**parts)).roles == {}


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        ({"policy": "arn:aws:iam::aws:policy/Any"}, "only policies in the template itself"),
        ({"condition": "{IpAddress: {'aws:SourceIp': 10.0.0.0/8}}"}, "cannot evaluate"),
    ],
)
def test_a_role_that_the_guard_could_not_judge_is_an_error(tmp_path: Path, part: dict, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        _read(tmp_path, more=ROLE.format(**ROLE_PARTS | part))


def test_globals_are_merged_as_sam_merges_them(tmp_path: Path) -> None:
    one = _read(tmp_path).functions["One"]
    assert (one.timeout, one.memory) == (7, 128)
    assert one.environment == {"SHARED": "s", "OVER": "own", "X": "x"}
    assert one.code == tmp_path / "functions"


def test_resources_follow_their_conditions(tmp_path: Path) -> None:
    assert _read(tmp_path).buckets == ("dev-images",)
    assert _read(tmp_path, Stage="prod").buckets == ("prod-images", "visage-local-extra")
    assert _read(tmp_path).vector_buckets == ()
    assert _read(tmp_path, Stage="prod").vector_buckets == ("visage-local-vectors",)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("!Cidr [10.0.0.0/8, 1, 8]", "One.Properties.Environment.Variables.X: unknown intrinsic function Fn::Cidr"),
        ("!Base64 x", "unknown intrinsic function Fn::Base64"),
        ("!Ref Nothing", "One.Environment.Variables.X: no parameter or resource is named Nothing"),
        ("!GetAtt Table.Size", "One.Environment.Variables.X: the local stack does not support Table.Size"),
        ("!Ref Extra", "One.Environment.Variables.X: Extra is not created"),
        ("!Select [5, !Ref Names]", "One.Environment.Variables.X: Fn::Select does not take [5, "),
        ("!If [Nope, 1, 2]", "One.Environment.Variables.X: no condition is named Nope"),
        ("!FindInMap [Sizes, test, memory]", "One.Environment.Variables.X: the mapping Sizes has no test.memory"),
    ],
)
def test_what_cannot_be_resolved_names_its_place(tmp_path: Path, value: str, complaint: str) -> None:
    with pytest.raises(TemplateError) as caught:
        _read(tmp_path, value)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("  Two: {Type: AWS::SQS::Queue, Properties: {Colour: red}}", "Two: the local stack does not support Colour"),
        ("  Two: {Type: AWS::RDS::DBInstance}", "Two: the local stack does not support the resource type AWS::RDS"),
        ("  Two: {Type: AWS::SQS::Queue, Colour: red}", "Two: unknown attribute Colour"),
        ("  Two: {Type: AWS::Logs::LogGroup, Properties: {A: !ImportValue x}}", "Two.Properties.A: unknown intrinsic"),
        ("Hooks: {}", "unknown section Hooks"),
        (
            "  Two: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: x, Events: "
            "{E: {Type: Kinesis}}}}",
            "Two.Events.E: the local stack does not support the event type Kinesis",
        ),
        (
            "  Two: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: x, Events: "
            "{E: {Type: SQS, Properties: {Queue: q, FilterCriteria: {}}}}}}",
            "Two.Events.E: the local stack does not support FilterCriteria of SQS",
        ),
        (
            "  Two: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: x, Events: "
            "{E: {Type: Schedule, Properties: {Schedule: 'cron(0 0 * * ? *)'}}}}}",
            "Two.Events.E.Schedule: the local stack supports only rate(...)",
        ),
        ("  Two: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}", "does not support InlineCode"),
        (
            "  Two: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: x, Environment: {Vars: {}}}}",
            "Two.Environment: the local stack does not support Vars",
        ),
        (
            "  Two: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: x, Events: "
            "{E: {Type: SQS, Condition: IsProd}}}}",
            "Two.Events.E: the local stack does not support Condition",
        ),
        (
            "  Two: {Type: AWS::Serverless::Api, Properties: {StageName: v1, MethodSettings: "
            "[{CachingEnabled: true}]}}",
            "Two.MethodSettings[0]: the local stack does not support CachingEnabled",
        ),
        (
            "  Two: {Type: AWS::Serverless::Api, Properties: {StageName: v1, GatewayResponses: "
            "{THROTTLED: {Status: 429}}}}",
            "Two.GatewayResponses.THROTTLED: the local stack does not support Status",
        ),
    ],
)
def test_what_the_local_stack_does_not_know_is_an_error(tmp_path: Path, more: str, complaint: str) -> None:
    with pytest.raises(TemplateError) as caught:
        _read(tmp_path, more=more)
    assert complaint in str(caught.value)


def test_a_parameter_takes_only_what_the_template_allows(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="Parameters.Stage: 'test' is not one of dev, prod"):
        _read(tmp_path, Stage="test")


@pytest.mark.parametrize("value", ["many", "0", "10"])
def test_a_number_is_one_that_the_template_allows(tmp_path: Path, value: str) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("Parameters: {Rate: {Type: Number, Default: 5, MinValue: 1, MaxValue: 9}}")
    assert read_template(file)
    with pytest.raises(TemplateError, match=f"Parameters.Rate: '{value}' is not a number that the template allows"):
        read_template(file, {"Rate": value})


def test_globals_for_what_the_local_stack_does_not_know_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("Globals: {HttpApi: {Timeout: 3}}")
    with pytest.raises(TemplateError, match="Globals: the local stack does not support HttpApi"):
        read_template(file)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"FrontDoor": "domain"}, "The FrontDoor domain needs a DomainName."),
        ({"FrontDoor": "none", "DomainName": "a.example", "CertificateArn": ARN}, "DomainName has no effect."),
        ({"DomainName": "a.example"}, "DomainName needs a CertificateArn."),
        ({"CertificateArn": ARN}, "CertificateArn needs a DomainName."),
        ({"VpcSubnetIds": "subnet-1"}, "VpcSubnetIds need VpcSecurityGroupIds."),
    ],
)
def test_parameters_that_break_a_rule_of_our_template_are_an_error(given: dict[str, str], said: str) -> None:
    with pytest.raises(TemplateError, match=f"Rules.*{said}"):
        read_template(OURS, given)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_a_region_without_cloudfront_asks_for_another_front_door(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(intrinsics._PSEUDO, "AWS::Region", region)
    with pytest.raises(TemplateError, match="choose the FrontDoor domain or none"):
        read_template(OURS)
    ours = read_template(OURS, {"FrontDoor": "none"})
    assert ours.api and ours.api.distribution is None
    assert bool(ours.vector_buckets) is not region.startswith("cn-")


def test_our_own_template_is_wholly_understood() -> None:
    ours = read_template(OURS)
    assert ours.api and ours.api.distribution
    assert {(route.path, route.method, route.function) for route in ours.api.routes} >= {("/", "ANY", "RpcFunction")}
    assert {route.timeout for route in ours.api.routes} == {29.0}
    assert all(function.code.is_dir() for function in ours.functions.values())
