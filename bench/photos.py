"""Photos to measure with, made of portraits that registry packages carry."""

import io

from PIL import Image

from demo.portraits import portraits

SMALL, LARGE = (640, 480), (4000, 3000)


def photo(size: tuple[int, int], name: str = "obama.jpg") -> bytes:
    """A JPEG of this size: a portrait on a grey background, its face three tenths of the picture's height."""
    width, height = size
    ground = Image.new("RGB", size, (120, 125, 130))
    portrait = _portrait(name)
    portrait = portrait.resize((round(height * portrait.width / portrait.height), height), Image.Resampling.LANCZOS)
    ground.paste(portrait, ((width - portrait.width) // 2, 0))
    return _jpeg(ground)


def crowd(rows: int, columns: int, side: int) -> bytes:
    """A JPEG of rows and columns of one portrait, each this wide."""
    portrait = _portrait("obama.jpg")
    portrait = portrait.resize((side, round(side * portrait.height / portrait.width)), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", (columns * portrait.width, rows * portrait.height))
    for number in range(rows * columns):
        ground.paste(portrait, (number % columns * portrait.width, number // columns * portrait.height))
    return _jpeg(ground)


def _portrait(name: str) -> Image.Image:
    return Image.open(portraits() / name).convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
