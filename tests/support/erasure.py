"""What follows a deletion, and what remains after it."""

import time

from cli.privacy.evidence import Evidence
from visage.erasure import persons
from visage.gallery.upkeep import purge
from visage.gallery.upkeep.pack import pack

HOUR = 3600


def remnants(person_id: str = "ann") -> dict[str, int]:
    """Stores of the library acme that contain remnants of a person."""
    return {store.name: store.found for store in Evidence("acme", person_id, {}).stores() if store.found}


def settle(hours: float = 2) -> None:
    """Run what follows a deletion in acme by itself: the packer, and later the purges."""
    pack("acme")
    later = time.time() + hours * HOUR
    purge.purge(later)
    persons.sweep(now=later)
