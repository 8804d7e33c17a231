"""Durations of stages, and what X-Ray receives."""

import json

import pytest

from visage import stages


@pytest.fixture
def sent(monkeypatch):
    """Datagrams, each with where it went."""
    datagrams = []
    monkeypatch.setattr(stages, "_send", lambda datagram, address: datagrams.append((datagram, address)))
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000")
    return datagrams


@stages.timed("decode")
def decode(broken=False):
    if broken:
        raise ValueError("broken")
    return "picture"


def test_a_stage_measures_its_function_even_if_it_raises():
    stages.begin()
    assert decode() == "picture"
    with pytest.raises(ValueError, match="broken"):
        decode(broken=True)
    first = stages.counted()
    assert set(first) == {"decode"} and first["decode"] > 0
    stages.add("faces", 2)
    stages.add("faces", 1)
    stages.note("score", 80)
    stages.note("score", 90)
    assert stages.counted() == first | {"faces": 3, "score": 90}
    stages.begin()
    assert stages.counted() == {}


def test_a_stage_of_a_call_that_is_traced_is_a_subsegment(sent, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    decode()
    ((datagram, address),) = sent
    header, segment = (json.loads(line) for line in datagram.splitlines())
    assert header == {"format": "json", "version": 1} and address == ("169.254.79.129", 2000)
    assert segment["end_time"] > segment["start_time"] > 1.7e9 and len(segment["id"]) == 16
    wanted = ("name", "type", "trace_id", "parent_id")
    assert [segment[name] for name in wanted] == [
        "decode", "subsegment", "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8",
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["", "Root=1-a;Parent=b;Sampled=0", "Root=1-a;Sampled=1", "nonsense"])
def test_a_call_that_is_not_traced_sends_nothing(sent, monkeypatch, header):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    decode()
    assert sent == []


def test_a_missing_daemon_does_not_affect_calls(sent, monkeypatch):
    def fail(*_arguments):
        raise OSError("no daemon")

    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-a;Parent=b;Sampled=1")
    monkeypatch.setattr(stages, "_send", fail)
    assert decode() == "picture"
