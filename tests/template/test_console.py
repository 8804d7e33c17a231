"""The console behind the front door."""

import re

from console.bundle import headers
from tests.template.document import properties, template

DISTRIBUTION = properties("Distribution")["DistributionConfig"]


def test_it_exists_only_on_request() -> None:
    assert template()["Parameters"]["Console"]["Default"] == "false"
    own = [name for name in template()["Resources"] if name.startswith("Console")]
    assert own and all(template()["Resources"][name]["Condition"] == "HasConsole" for name in own)
    assert DISTRIBUTION["CacheBehaviors"]["Fn::If"][0] == DISTRIBUTION["Origins"][1]["Fn::If"][0] == "HasConsole"


def test_only_the_front_door_reads_the_bucket() -> None:
    bucket = properties("ConsoleBucket")
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    deny, allow = properties("ConsoleBucketPolicy")["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allow["Principal"], allow["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert list(allow["Condition"]["StringEquals"]) == ["AWS:SourceArn"]


def test_it_comes_with_the_same_rules_as_locally() -> None:
    config = properties("ConsoleHeaders")["ResponseHeadersPolicyConfig"]
    ours = headers("IMAGES")
    security = config["SecurityHeadersConfig"]
    policy, variables = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert policy.replace("${Images}", "IMAGES") == ours["Content-Security-Policy"]
    assert set(re.findall(r"https://(\S+)", variables["Images"]["Fn::Sub"])) == {
        "${FaceBucket}.s3.${AWS::Region}.${AWS::URLSuffix}",
        "${FaceBucket}.s3.${AWS::URLSuffix}",
    }
    custom = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    assert custom == {name: ours[name] for name in custom} and len(custom) == 3
    assert security["FrameOptions"]["FrameOption"] == ours["X-Frame-Options"]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == ours["Referrer-Policy"]


def test_everything_but_the_page_is_cached() -> None:
    (behaviour,) = DISTRIBUTION["CacheBehaviors"]["Fn::If"][1]
    assert behaviour["PathPattern"] == "/console*"
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    code = properties("ConsolePage")["FunctionCode"]
    assert 'request.uri === "/console/"' in code and "index.html" in code
