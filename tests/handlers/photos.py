"""Photos for the operations on faces, and shortcuts for two of them."""

import base64
import io

from PIL import Image, ImageDraw

from demo.portraits import portraits


def portrait(name, side=400):
    """A portrait of about this size."""
    image = Image.open(portraits() / name).convert("RGB")
    image.thumbnail((side, side))
    return image


def value(image, quality=90):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return "base64://" + base64.b64encode(out.getvalue()).decode()


EYES = (153, 74), (195, 72)
"""Of obama.jpg as `portrait` gives it."""


def in_sunglasses():
    image = portrait("obama.jpg")
    drawing = ImageDraw.Draw(image)
    for across, down in EYES:
        drawing.ellipse([across - 18, down - 13, across + 18, down + 15], fill=(15, 15, 18))
    drawing.line(EYES, fill=(15, 15, 18), width=4)
    return image


def in_mask():
    image = portrait("obama.jpg")
    outline = [(133, 92), (175, 90), (216, 91), (206, 124), (175, 151), (141, 125)]
    ImageDraw.Draw(image).polygon(outline, fill=(150, 185, 215))
    return image


def beside(*images):
    """The images next to each other."""
    sheet = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)), "grey")
    left = 0
    for image in images:
        sheet.paste(image, (left, 0))
        left += image.width
    return sheet


def padded(image, side):
    """The image in the middle of a grey square."""
    sheet = Image.new("RGB", (side, side), "grey")
    sheet.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return sheet


OBAMA, AGAIN, BIDEN = (value(portrait(name)) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
NOBODY = value(Image.linear_gradient("L").convert("RGB"))


def add(call, person, *urls, **body):
    """The items of some images."""
    return call("add_faces", personId=person, urls=list(urls), **body)["faceImageItems"]


def search(call, url, group="office", **body):
    """What is found in one image, by the persons' ids, the best first."""
    (entry,) = call("search_person", url=url, groupId=group, **body)
    (result,) = entry["results"]
    return [[person["personId"] for person in face["persons"]] for face in result["topPersonData"]]
