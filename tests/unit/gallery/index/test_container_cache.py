"""The container's cache: most recently used, within its memory, loaded once."""

import threading

import pytest

from visage.gallery.index.container_cache import ContainerCache, container_cache
from visage.settings import settings


def taken(kept: ContainerCache, key: str, size: int = 1) -> bool:
    """Whether the value had to be loaded."""
    loads = []
    kept.get(key, size, lambda: loads.append(key))
    return bool(loads)


def test_a_cached_value_is_not_loaded_again():
    kept = ContainerCache(10)
    assert taken(kept, "a") and not taken(kept, "a")


def test_the_least_recently_used_value_is_evicted():
    kept = ContainerCache(2)
    assert taken(kept, "a") and taken(kept, "b")
    assert not taken(kept, "a")
    assert taken(kept, "c")
    assert not taken(kept, "a") and taken(kept, "b")


def test_a_value_larger_than_the_cache_is_cached_alone():
    kept = ContainerCache(2)
    taken(kept, "a")
    assert taken(kept, "large", 5) and not taken(kept, "large", 5)
    assert taken(kept, "a") and taken(kept, "large", 5)


def test_room_is_made_before_anything_is_loaded():
    kept = ContainerCache(2)
    kept.put("a", 2, "A")
    found_while_loading = kept.get("b", 2, lambda: [kept.peek("a")])
    assert found_while_loading == [None]


def test_a_newer_value_replaces_the_older_one():
    kept = ContainerCache(4)
    for value in range(5):
        kept.put("a", 2, value)
    kept.put("b", 2, "B")
    assert (kept.peek("a"), kept.peek("b"), kept.peek("c")) == (4, "B", None)


def test_a_load_does_not_block_others():
    kept, loading, done = ContainerCache(10), threading.Event(), threading.Event()

    def load_slowly() -> str:
        loading.set()
        assert done.wait(10)
        return "slow"

    slow = threading.Thread(target=kept.get, args=("a", 1, load_slowly))
    slow.start()
    assert loading.wait(10)
    assert kept.get("a", 1, lambda: "fast") == "fast"
    done.set()
    slow.join()
    assert kept.peek("a") == "slow"


def test_a_failed_load_is_tried_again_next_time():
    kept = ContainerCache(10)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", 1, lambda: 1 / 0)
    assert kept.get("a", 1, lambda: "value") == "value"


@pytest.mark.parametrize(("memory", "room"), [(128, 64), (1769, 529), (10240, 9000)])
def test_a_larger_function_caches_more(deployment, monkeypatch, memory, room):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(memory))
    settings.cache_clear()
    container_cache.cache_clear()
    assert container_cache()._limit == room * 2**20
