"""The page's files."""

import json
import re

import boto3
import pytest
from moto import mock_aws

from cli.operations.console import publish
from console import bundle
from modelkit.errors import BuildError
from visage.api.errors import TABLE

SCRIPT_LIMIT = 150_000
"""Bytes of script in all."""


@pytest.fixture(scope="module", autouse=True)
def vendored() -> None:
    try:
        bundle.vendor()
    except BuildError as error:
        pytest.skip(str(error))


def test_scripts_are_small():
    scripts = [asset.content for path, asset in bundle.bundle("keys").items() if path.endswith(".js")]
    assert sum(map(len, scripts)) < SCRIPT_LIMIT


def test_texts_are_the_same_in_both_languages():
    texts = [json.loads((bundle.PAGE / "texts" / f"{code}.json").read_text()) for code in ("en", "zh")]
    assert texts[0].keys() == texts[1].keys() != set()


def test_every_text_that_a_script_uses_exists():
    texts = json.loads((bundle.PAGE / "texts" / "en.json").read_text())
    scripts = "\n".join(file.read_text() for file in (bundle.PAGE / "js").rglob("*.js"))
    named = set(re.findall(r'\bt\("([\w.-]+)"', scripts))
    assert named and named - texts.keys() == set()


def test_every_error_of_the_api_has_a_meaning_and_a_remedy():
    texts = json.loads((bundle.PAGE / "texts" / "en.json").read_text())
    source = (bundle.PAGE / "js" / "errors.js").read_text()
    kinds = dict(re.findall(r'^  "?([\w.]+)"?: "(\w+)",$', source, re.M))
    kinds |= dict(re.findall(r'(\d{3}): "(\w+)"', source))
    for wire in TABLE.values():
        kind = kinds.get(wire.code) or kinds[str(wire.green)]
        assert {f"error.{kind}", f"error.{kind}.remedy"} <= texts.keys(), wire.code


def test_the_page_has_the_hash_of_every_script():
    files = bundle.bundle("keys")
    page = files[""].content.decode()
    named = dict(
        re.findall(r'<link rel="(?:alternate" data-module|modulepreload") href="([^"]+)" integrity="([^"]+)">', page)
    )
    scripts = {path: bundle.integrity(asset.content) for path, asset in files.items() if path.endswith(".js")}
    assert named == scripts
    assert "<script>" not in page and "style=" not in page and "onclick" not in page.lower()


def test_a_changed_file_gets_another_address(monkeypatch: pytest.MonkeyPatch, tmp_path):
    before = set(bundle.bundle("keys"))
    copy = tmp_path / "page"
    for file in bundle.PAGE.rglob("*.*"):
        (copy / file.relative_to(bundle.PAGE)).parent.mkdir(parents=True, exist_ok=True)
        (copy / file.relative_to(bundle.PAGE)).write_bytes(file.read_bytes())
    (copy / "css" / "base.css").write_text("body { margin: 1px }")
    monkeypatch.setattr(bundle, "PAGE", copy)

    assert set(bundle.bundle("keys")) & before == {""}


@mock_aws
def test_publishing_uploads_the_page_and_removes_old_files():
    s3 = boto3.client("s3", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    s3.create_bucket(Bucket="page")
    s3.put_object(Bucket="page", Key="console/assets/old/js/main.js", Body=b"")
    count = publish(s3, "page")

    keys = {each["Key"] for each in s3.list_objects_v2(Bucket="page")["Contents"]}
    assert len(keys) == count and "console/assets/old/js/main.js" not in keys
    page = s3.get_object(Bucket="page", Key="console/index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-store")
    assert b'data-mode="keys"' in page["Body"].read()
