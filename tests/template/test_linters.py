"""Linters for AWS templates."""

import json

from tests.template.document import ROOT
from tests.template.tools import run, tool

ACCEPTED = {
    "CKV_AWS_18": "The bucket holds images for a day; a log of who read them would itself be personal.",
    "CKV_AWS_21": "A version would keep an image longer than its day.",
    "CKV_AWS_26": "The topic carries alarm names; CloudWatch cannot publish to a topic under the key that AWS manages.",
    "CKV_AWS_28": "The table can be restored unless the deployment says otherwise, which the check does not see.",
    "CKV_AWS_86": "CloudFront's log holds queries, which hold signatures and image addresses.",
    "CKV_AWS_111": "Network interfaces are made before they have a name; only functions in a VPC may make some.",
    "CKV_AWS_115": "The stage's throttle bounds what clients ask for; a reserved share is an operator's choice.",
    "CKV_AWS_116": "Only on_upload is invoked asynchronously, and has one; the check does not tell them apart.",
    "CKV_AWS_117": "From a VPC, public addresses cost a gateway: VpcSubnetIds is for private images.",
    "CKV_AWS_119": "A key of one's own encrypts the tables where the deployment names one; the check does not see it.",
    "CKV_AWS_120": "An answer about faces must not be cached.",
    "CKV_AWS_149": "The secret is of use to this stack only; the key that AWS manages encrypts it.",
    "CKV_AWS_173": "The environment holds names, and what CloudFront shows: Lambda encrypts it by a key of AWS's own.",
    "CKV_AWS_174": "TLS 1.2 is set with a domain of one's own; CloudFront's own certificate takes no such setting.",
}
"""Checks that fail, and why that is right."""


def test_sam_accepts_the_template() -> None:
    answer = run(tool(".venv-sam", "sam"), "validate", "--lint", "--template", "template.yaml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1")
"""Some of each partition, which lack different services."""


def test_cfn_lint_finds_nothing_in_any_kind_of_region() -> None:
    options = ["--include-checks", "I", "--template", "template.yaml", "--regions", *REGIONS]
    answer = run(tool(".venv-sam", "cfn-lint"), *options)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_checkov_finds_only_what_is_accepted_with_a_reason() -> None:
    options = ["--framework", "cloudformation", "--skip-download", "--output", "json", "--file", ROOT / "template.yaml"]
    answer = run(tool(".venv-checkov", "checkov"), *options)
    results = json.loads(answer.stdout)["results"]
    assert results["passed_checks"] and not results["parsing_errors"]
    assert {check["check_id"] for check in results["failed_checks"]} == set(ACCEPTED)
