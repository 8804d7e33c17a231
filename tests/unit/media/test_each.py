"""Many images of one call, each independent of the others."""

import threading
import time

import pytest
from PIL import Image

from tests.support.images import BLUE, LIMITS, RED, encoded
from visage.errors import Reason, VisageError
from visage.media import sources
from visage.media.pictures import see_each
from visage.media.sources import load_each


@pytest.fixture
def places(monkeypatch):
    """Content of addresses: bytes, an error to raise, or an event to wait for."""
    contents = {}

    def load(value, _limits, _library):
        content = contents[value]
        if isinstance(content, threading.Event):
            assert content.wait(20)
            return value.encode()
        if isinstance(content, Exception):
            raise content
        return content

    monkeypatch.setattr(sources, "load", load)
    return contents


def soon():
    return time.monotonic() + 20


def test_each_image_comes_with_its_place(places):
    places |= {"a": b"1", "b": b"2", "c": b"3"}
    assert dict(load_each(["a", "b", "c", "a"], LIMITS, "acme", soon())) == {0: b"1", 1: b"2", 2: b"3", 3: b"1"}


def test_no_images_need_no_time():
    assert list(load_each([], LIMITS, "acme", 0)) == []


def test_a_failed_image_does_not_affect_others(places):
    places |= {"a": b"1", "b": VisageError(Reason.IMAGE_NOT_FOUND)}
    found = dict(load_each(["b", "a"], LIMITS, "acme", soon()))
    assert found[1] == b"1" and found[0].reason is Reason.IMAGE_NOT_FOUND


def test_images_come_in_the_order_of_arrival(places):
    slow = threading.Event()
    places |= {"slow": slow, "quick": b"1"}
    images = load_each(["slow", "quick"], LIMITS, "acme", soon())
    assert next(images) == (1, b"1")
    slow.set()
    assert next(images) == (0, b"slow")


def test_more_images_than_are_held_at_once_all_come(places):
    places |= {str(number): str(number).encode() for number in range(100)}
    found = dict(load_each(list(places), LIMITS, "acme", soon()))
    assert found == {number: str(number).encode() for number in range(100)}


def test_only_so_many_are_held_at_once(places, monkeypatch):
    places |= {str(number): b"" for number in range(100)}
    begun, load = [], sources.load
    monkeypatch.setattr(sources, "load", lambda *arguments: begun.append(arguments[0]) or load(*arguments))
    images = load_each(list(places), LIMITS, "acme", soon())
    next(images)
    while len(begun) < 20:
        time.sleep(0.001)
    time.sleep(0.05)
    assert len(begun) <= 21
    images.close()


def test_late_images_are_dropped(places):
    never = threading.Event()
    places |= {"never": never, "quick": b"1"}
    assert list(load_each(["never", "quick"], LIMITS, "acme", time.monotonic() + 0.2)) == [(1, b"1")]
    never.set()


def test_errors_not_caused_by_an_image_are_raised(places):
    places["a"] = KeyError("ours")
    with pytest.raises(KeyError):
        list(load_each(["a"], LIMITS, "acme", soon()))


def picture(colour):
    return encoded(Image.new("RGB", (20, 20), colour), "PNG")


def test_each_picture_is_seen_once_however_often_it_is_named(places):
    places |= {"red": picture(RED), "blue": picture(BLUE)}
    seen = []
    found = see_each(
        ["red", "blue", "red"],
        LIMITS,
        "acme",
        soon(),
        lambda name, found: seen.append(name) or tuple(found.pixels[0, 0]),
    )
    assert found == {"red": RED, "blue": BLUE} and sorted(seen) == ["blue", "red"]


def test_an_unusable_picture_does_not_affect_others(places):
    def see(name, _picture):
        if name == "empty":
            raise VisageError(Reason.NO_FACE)
        return name

    places |= {"red": picture(RED), "text": b"no image", "empty": picture(BLUE)}
    found = see_each(list(places), LIMITS, "acme", soon(), see)
    assert found["red"] == "red"
    assert (found["text"].reason, found["empty"].reason) == (Reason.IMAGE_UNREADABLE, Reason.NO_FACE)


def test_a_picture_not_started_in_time_is_left_out(places):
    places |= {"red": picture(RED)}
    assert see_each(["red"], LIMITS, "acme", time.monotonic() - 1, lambda name, _: name) == {}
