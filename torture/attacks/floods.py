"""Requests that cost a server as much as they can before it knows who sends them: 5.9 MB of body, 10 KB of headers."""

from collections.abc import Callable
from email.utils import formatdate
from time import gmtime, strftime
from typing import Any

from tests.support.events import gateway_event

BODY = 5_900_000
HEAD = 9_000
Event = dict[str, Any]

BODIES: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "slashes in one field": lambda: "a=" + "/" * BODY,
    "escaped slashes": lambda: "a=" + "%2F" * (BODY // 3),
    "escaped letters": lambda: "a=" + "%41" * (BODY // 3),
    "escapes of line breaks": lambda: "a=" + "%0A" * (BODY // 3),
    "halves of escapes": lambda: "a=" + "%2" * (BODY // 2),
    "percent signs": lambda: "a=" + "%" * BODY,
    "percent signs before line breaks": lambda: "a=" + "%\n" * (BODY // 2),
    "equals signs": lambda: "a=" + "=" * BODY,
    "equals signs and an escape": lambda: "a=%41" + "=" * BODY,
    "plus signs": lambda: "a=" + "+" * BODY,
    "empty fields": lambda: "&" * BODY,
    "a million named empty fields": lambda: "a=&" * 1_000_000,
    "half a million fields": lambda: "&".join(f"f{number}=1" for number in range(500_000)),
    "Chinese": lambda: "a=" + "汉" * (BODY // 3),
    "escaped Chinese": lambda: "a=" + "%E6%B1%89" * (BODY // 9),
    "every reserved character": lambda: "a=" + "!$'()*,:;@[]<>?#|{}^~`" * (BODY // 22),
    "base64": lambda: "a=base64://" + "QUJD" * (BODY // 4),
    "a name as long": lambda: "a" * BODY + "=1",
    "zeros": lambda: "a=" + "\0" * BODY,
    "deep JSON": lambda: "[" * BODY,
    "broad JSON": lambda: "[" + "1," * (BODY // 2) + "1]",
    "text that is not Unicode": lambda: "a=" + "\udcff" * (BODY // 3),
}


def rpc(key_id: str, body: str) -> Event:
    return gateway_event("POST", list(_system(key_id).items()), body)


def rpc_in_form(key_id: str, body: str) -> Event:
    """As PHP and Node send it: who asks stands behind the flood."""
    system = "&".join(f"{name}={value.replace(':', '%3A')}" for name, value in _system(key_id).items())
    return gateway_event("POST", [], f"{body}&{system}" if body else system)


def roa(key_id: str, body: str, **headers: str) -> Event:
    return _green(body, {"Date": formatdate(usegmt=True), "Authorization": f"acs {key_id}:AAAA", **headers})


def roa_with_nonce(key_id: str, body: str) -> Event:
    return roa(key_id, body, **{"x-acs-signature-nonce": "n"})


def acs3(key_id: str, body: str, path: str = "/green/sface/groups") -> Event:
    signed = {
        "Host": "faces.example.com", "x-acs-version": "2018-05-09", "x-acs-action": "GetGroups",
        "x-acs-date": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime()), "x-acs-signature-nonce": "n",
    }  # fmt: skip
    names = ";".join(sorted(map(str.lower, signed)))
    credential = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={'a' * 64}"
    return _green(body, {**signed, "Authorization": credential}, path)


def acs3_rpc(key_id: str, body: str) -> Event:
    event = acs3(key_id, body, "/")
    for headers, wrap in ((event["headers"], str), (event["multiValueHeaders"], lambda value: [value])):
        headers["x-acs-action"], headers["x-acs-version"] = wrap("CompareFaces"), wrap("2019-03-07")
        headers["Content-Type"] = wrap("application/x-www-form-urlencoded")
    return event


DIALECTS: dict[str, Callable[[str, str], Event]] = {
    "RPC": rpc, "RPC, all in the form": rpc_in_form, "ROA": roa, "ROA with a nonce": roa_with_nonce,
    "ACS3": acs3, "ACS3 of an RPC action": acs3_rpc,
}  # fmt: skip

HEADS: dict[str, Callable[[str], Event]] = {
    "many parameters": lambda key: _with_query(rpc(key, ""), [(f"p{n}", "") for n in range(HEAD // 5)]),
    "a parameter many times": lambda key: _with_query(rpc(key, ""), [("p", str(n)) for n in range(HEAD // 4)]),
    "many parameters of ROA": lambda key: _with_query(roa(key, ""), [(f"p{n}", "") for n in range(HEAD // 5)]),
    "many parameters of ACS3": lambda key: _with_query(acs3(key, ""), [(f"p{n}", "/") for n in range(HEAD // 5)]),
    "many headers": lambda key: roa(key, "", **{f"x-acs-{n}": "1" for n in range(HEAD // 12)}),
    "a header of many lines": lambda key: roa(key, "", **{"x-acs-a": "1\n" * (HEAD // 2)}),
    "a header of blanks": lambda key: roa(key, "", Accept=" " * HEAD),
    "a date of commas": lambda key: roa(key, "", Date="," * HEAD),
    "a date of colons": lambda key: roa(key, "", Date="1:" * (HEAD // 2)),
    "a date of brackets": lambda key: roa(key, "", Date="(" * HEAD),
    "a date of digits": lambda key: roa(key, "", Date="1 Jan " + "9" * HEAD + " 00:00:00 GMT"),
    "credentials without end": lambda key: roa(
        key, "", Authorization="ACS3-HMAC-SHA256 " + "Credential=" * (HEAD // 11)
    ),
    "signed headers without end": lambda key: roa(
        key, "", Authorization=f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={';' * HEAD},Signature=a"
    ),
}  # fmt: skip


def _system(key_id: str) -> dict[str, str]:
    return {
        "Version": "2019-03-07", "Action": "CompareFaces", "Timestamp": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime()),
        "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": "n", "AccessKeyId": key_id,
        "Signature": "AAAA", "Empty": "",
    }  # fmt: skip


def _green(body: str, headers: dict[str, str], path: str = "/green/sface/groups") -> Event:
    known = {"Host": "faces.example.com", "Content-Type": "application/json", "x-acs-version": "2018-05-09"}
    return gateway_event("POST", [], body, {**known, **headers}, path)


def _with_query(event: Event, pairs: list[tuple[str, str]]) -> Event:
    several = dict(event["multiValueQueryStringParameters"] or {})
    for name, value in pairs:
        several[name] = [*several.get(name, []), value] if name == "p" else [value]
    single = {name: values[-1] for name, values in several.items()}
    return {**event, "multiValueQueryStringParameters": several, "queryStringParameters": single}
