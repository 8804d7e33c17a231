"""Accepted image addresses, and what is read from them."""

import base64
import threading

import pytest

from visage import aws
from visage.errors import Reason, VisageError
from visage.media import sources, uploads
from visage.media.limits import Limits
from visage.media.sources import check_address, load, load_all

LIMITS = Limits(bytes=1000)


def reason_of(call, *arguments) -> Reason:
    with pytest.raises(VisageError) as raised:
        call(*arguments)
    return raised.value.reason


@pytest.mark.parametrize(
    "value",
    [
        "http://example.com",
        "https://example.com/a.jpg?x=1&y=%20",
        "HTTPS://Example.COM:8443/a.jpg#part",
        "https://example.com/照片.jpg",
        "https://例子.cn/a.jpg",
        "http://93.184.216.34/a.jpg",
        "http://[2606:2800:220:1::1]:8080/a.jpg",
        "oss://visage-uploads:prod/a b.jpg",
        "oss://visage-uploads/prod/照片.jpg",
        "oss://visage-uploads:prod/张三　照片.jpg",
        "oss://visage-uploads:prod/Screenshot at 9.41.00\u202fAM.jpg",
        "oss://visage-uploads:prod/👨\u200d👩\u200d👧.jpg",
        "oss://visage-uploads.oss-cn-shanghai.aliyuncs.com/prod/a.jpg",
        "base64://aGVsbG8=",
        "base64://aGVsbG8",
        "base64://aGVs\r\nbG8=\n",
        "base64:// a/ ",
    ],
)
def test_an_address_of_an_accepted_form_passes(value):
    assert check_address(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a.jpg",
        "/etc/passwd",
        "C:\\photo.jpg",
        "file:///etc/passwd",
        "ftp://example.com/a.jpg",
        "data:image/png;base64,aGVsbG8=",
        "//example.com/a.jpg",
        "http:/example.com",
        "http://",
        "http:///a.jpg",
        "http://:80/a.jpg",
        "http://user@example.com/a.jpg",
        "http://user:password@example.com/a.jpg",
        "http://@example.com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:http/",
        "http://example.com/a b.jpg",
        "http://example.com/a\r\nHost: x",
        "http://example.com/a\tb",
        "http://example.com/\x00",
        "http://example.com/\x7f",
        "http://example.com/\u2028a",
        "http://example.com/\ud800",
        "http://example.com\\@127.0.0.1/",
        "http://exa%6dple.com/",
        "http://example..com/",
        "http://-example.com/",
        "http://" + "a" * 64 + ".com/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://127.1/",
        "http://8.8.8.8./",
        "http://0177.0.0.1/",
        "http://127.0.0.1.5/",
        "http://１２７.1/",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[nonsense]/",
        "http://[v1.photos]/",
        "http://[2600::1]photos.com/",
        "http://photos.com[2600::1]/",
        "http://example.com/ a",
        "http ://example.com/",
        "http://example.com/" + "a" * 2048,
        "oss://",
        "oss://visage-uploads",
        "oss://visage-uploads:",
        "oss://visage-uploads/",
        "oss://:key",
        "oss://Visage_Uploads:key",
        "oss://visage-uploads:a\nb",
        "oss://visage-uploads:\ud800",
        "oss://visage-uploads:" + "é" * 513,
        "base64://",
        "base64://=",
        "base64://a",
        "base64://aaaaa",
        "base64://aGVsbG8===",
        "base64://aG=VsbG8",
        "base64://aGVsbG8_",
        "base64://aGVsbG8-",
        "base64://data:image/png;base64,aGVsbG8=",
        "base64://aGVs\tbG8=",
        "base64://aGVsbG8＝",
    ],
)
def test_every_other_address_is_refused_before_anything_is_opened(value):
    assert reason_of(check_address, value) is Reason.IMAGE_ADDRESS
    assert reason_of(load, value, LIMITS, "acme") is Reason.IMAGE_ADDRESS


@pytest.mark.parametrize("address", ["base64://aGVsbG8=", "oss://visage-uploads:acme/a.jpg", "http://photos.com/a"])
@pytest.mark.parametrize("around", ["{}\n", "\r\n{}", " {} ", "\t{}", "{}\u00a0"])
def test_whitespace_around_an_address_is_ignored(address, around, deployment, monkeypatch):
    aws.client("s3").put_object(Bucket="visage-uploads", Key="acme/a.jpg", Body=b"hello")
    monkeypatch.setattr(sources, "fetch", lambda url, _limits: {"http://photos.com/a": b"hello"}[url])
    check_address(around.format(address))
    assert load(around.format(address), LIMITS, "acme") == b"hello"


def test_base64_gives_the_bytes_that_were_encoded():
    data = bytes(range(256))
    assert load("base64://" + base64.b64encode(data).decode(), LIMITS, "acme") == data


def test_base64_forgives_line_breaks_missing_padding_and_spaces_for_plus():
    data = b"\xfb\xef\xbe" * 40 + b"x"
    assert "+" in base64.b64encode(data).decode()
    assert load("base64://" + base64.encodebytes(data).decode(), LIMITS, "acme") == data
    assert load("base64://" + base64.b64encode(data).decode().rstrip("="), LIMITS, "acme") == data
    assert load("base64://" + base64.b64encode(data).decode().replace("+", " "), LIMITS, "acme") == data


def test_base64_may_have_as_many_bytes_as_allowed_and_no_more():
    assert len(load("base64://" + base64.b64encode(bytes(1000)).decode(), LIMITS, "acme")) == 1000
    larger = "base64://" + base64.b64encode(bytes(1001)).decode()
    assert reason_of(load, larger, LIMITS, "acme") is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize(
    "value",
    [
        "oss://visage-uploads:acme/folder/a.jpg",
        "oss://visage-uploads:/acme/folder/a.jpg",
        "oss://visage-uploads/acme/folder/a.jpg",
        "oss://visage-uploads.s3.eu-central-1.amazonaws.com/acme/folder/a.jpg",
        "OSS://visage-uploads:acme/folder/a.jpg",
    ],
)
def test_an_oss_address_reads_the_upload_bucket(deployment, value):
    aws.client("s3").put_object(Bucket="visage-uploads", Key="acme/folder/a.jpg", Body=b"picture")
    assert load(value, LIMITS, "acme") == b"picture"


OBJECTS_OF_OTHERS = ["other/a.jpg", "other/none.jpg", "a.jpg", "acmea.jpg", "acme2/a.jpg", "ACME/a.jpg", "/acme/a.jpg"]


@pytest.mark.parametrize("key", OBJECTS_OF_OTHERS)
def test_another_librarys_object_is_indistinguishable_from_a_missing_one(deployment, monkeypatch, key):
    for each in OBJECTS_OF_OTHERS:
        if "none" not in each:
            aws.client("s3").put_object(Bucket="visage-uploads", Key=each, Body=b"secret")
    monkeypatch.setattr(uploads, "client", lambda _name: pytest.fail("The bucket is asked for an object of others."))
    with pytest.raises(VisageError) as raised:
        load(f"oss://visage-uploads/{key}", LIMITS, "acme")
    assert raised.value.reason is Reason.NOT_PERMITTED
    assert raised.value.detail == "The paths of your oss:// addresses begin with acme/."


@pytest.mark.parametrize(
    "name", ["a b.jpg", "a+b.jpg", "a%20b.jpg", "照片/奥巴马 1.jpg", "../other/a.jpg", "e\u0301.jpg"]
)
def test_a_path_is_used_unchanged(deployment, name):
    aws.client("s3").put_object(Bucket="visage-uploads", Key=f"acme/{name}", Body=name.encode())
    assert load(f"oss://visage-uploads:acme/{name}", LIMITS, "acme") == name.encode()
    assert load(f"oss://visage-uploads/acme/{name}", LIMITS, "acme") == name.encode()


@pytest.mark.parametrize("bucket", ["another", "visage-uploads2", "visage", "my.visage-uploads"])
def test_no_other_bucket_is_read(deployment, bucket):
    region = {"LocationConstraint": "eu-central-1"}
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
    aws.client("s3").put_object(Bucket=bucket, Key="acme/a.jpg", Body=b"secret")
    assert reason_of(load, f"oss://{bucket}:acme/a.jpg", LIMITS, "acme") is Reason.IMAGE_ADDRESS
    assert reason_of(load, f"oss://{bucket}/acme/a.jpg", LIMITS, "acme") is Reason.IMAGE_ADDRESS


def test_all_images_come_back_under_their_names():
    assert load_all({"b": "base64://Yg==", "a": "base64://YQ=="}, LIMITS, "acme") == {"b": b"b", "a": b"a"}


def test_images_are_fetched_at_the_same_time(monkeypatch):
    both = threading.Barrier(2, timeout=5)
    monkeypatch.setattr(sources, "fetch", lambda value, limits: (both.wait(), value.encode())[1])
    assert set(load_all({"a": "http://a.test/", "b": "http://b.test/"}, LIMITS, "acme")) == {"a", "b"}


def test_an_error_names_its_image_and_the_first_in_order_wins():
    with pytest.raises(VisageError) as raised:
        load_all({"SourceImageValue": "base64://YQ==", "TargetImageValue": "nothing"}, LIMITS, "acme")
    assert raised.value.reason is Reason.IMAGE_ADDRESS
    assert raised.value.detail.startswith("TargetImageValue: ")
    with pytest.raises(VisageError) as raised:
        load_all({"first": "base64://" + "A" * 2000, "second": "nothing"}, LIMITS, "acme")
    assert raised.value.detail.startswith("first: ")


@pytest.mark.parametrize(
    "value", ["http://example.com/?token=SECRET a", "base64://SECRET*", "oss://SECRET", "SECRET", "http://SECRET@a/"]
)
def test_an_error_repeats_nothing_of_the_address(value):
    with pytest.raises(VisageError) as raised:
        load(value, LIMITS, "acme")
    assert "SECRET" not in raised.value.detail
