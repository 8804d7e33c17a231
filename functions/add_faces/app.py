"""AddFaces: enrols images of a person, each with one face."""

import time
from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.enrolment import enrolment_data
from visage.gallery.enrol import enrol
from visage.gallery.persons.store import Library

SECONDS = 7.0
"""Seconds after which no further image is begun."""


@green_operation("AddFaces", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    until = time.monotonic() + SECONDS
    person_id, urls = fields.person_id(call.body), fields.urls(call.body)
    return enrolment_data(enrol(Library(call.library), person_id, urls, fields.data_id(call.body), until))
