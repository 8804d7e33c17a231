"""From addresses to pictures."""

import base64
import io

import pytest
from PIL import Image

from visage.errors import Reason, VisageError
from visage.media.limits import COMPARE_FACES
from visage.media.pictures import open_pictures

pytestmark = pytest.mark.usefixtures("deployment")


def png(width: int) -> str:
    out = io.BytesIO()
    Image.new("RGB", (width, 20), "red").save(out, "PNG")
    return "base64://" + base64.b64encode(out.getvalue()).decode()


def test_pictures_come_in_the_order_of_their_addresses():
    pictures = open_pictures({"Source": png(30), "Target": png(40)}, COMPARE_FACES, "acme")
    assert [picture.width for picture in pictures] == [30, 40]


@pytest.mark.parametrize(
    ("address", "reason"), [("base64://bm8gaW1hZ2U=", Reason.IMAGE_UNREADABLE), ("a.jpg", Reason.IMAGE_ADDRESS)]
)
def test_an_error_names_the_image(address, reason):
    with pytest.raises(VisageError) as refused:
        open_pictures({"Source": png(30), "Target": address}, COMPARE_FACES, "acme")
    assert refused.value.reason is reason and refused.value.detail.startswith("Target: ")
