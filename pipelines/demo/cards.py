"""Pictures of identity documents as customers send them in, and two pictures that only look like trouble.

Some lie on a desk, some are turned by EXIF, one is a telephone's HEIC. The persons are customers of the estate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from pipelines.demo.drawn import (
    driver_licence,
    landscape,
    my_number_back,
    my_number_front,
    receipt,
)
from pipelines.demo.pencil import Drawn
from pipelines.demo.people import Person, World
from pipelines.demo.truth import Truth

if TYPE_CHECKING:
    from PIL import Image

#: EXIF orientation → the turn a viewer makes, undone before saving.
_EXIF_TURN = {1: 0, 3: 180, 6: 90, 8: 270}


@dataclass(frozen=True)
class _Shot:
    """How a picture was taken. `tilt` in degrees; `width` in pixels; `orientation` as EXIF says."""

    file: str
    draw: Callable[[Random, Person], Drawn]
    tilt: float | None = None
    orientation: int = 1
    width: int = 0
    grey: bool = False


_SHOTS = (
    _Shot("IMG_2041.jpg", driver_licence, tilt=2.5),
    _Shot("scan_0001.png", driver_licence),
    _Shot("IMG_2077.jpg", driver_licence, tilt=-1.5, orientation=6),
    _Shot("IMG_3310.heic", driver_licence, tilt=1.0, width=900),
    _Shot("upload_0412.jpg", driver_licence, width=620),
    _Shot("fax_0088.png", driver_licence, grey=True),
    _Shot("scan_0002.png", my_number_front),
    _Shot("IMG_2102.jpg", my_number_front, tilt=-3.0),
    _Shot("IMG_2103.jpg", my_number_front, tilt=0.0, orientation=3),
    _Shot("scan_0003.png", my_number_back),
    _Shot("IMG_2104.jpg", my_number_back, tilt=2.0, orientation=8),
    _Shot("IMG_3311.heic", my_number_front, tilt=-2.0, width=900),
    _Shot("receipt_0931.png", receipt),
    _Shot("IMG_1999.jpg", landscape),
)


def write(world: World, directory: Path) -> Truth:
    """Write ``cards/``: six licences, four My Number cards and two backs, a receipt, a landscape."""
    rng = world.stream("cards")
    folder = directory / "cards"
    folder.mkdir(exist_ok=True)
    truth = Truth()
    holders = [customer.person for customer in world.customers if not customer.person.name.foreign]
    for shot in _SHOTS:
        drawn = shot.draw(rng, rng.choice(holders))
        _save(_photographed(rng, drawn.picture, shot), folder / shot.file, shot.orientation)
        truth.image(f"cards/{shot.file}", drawn.kind, drawn.values, drawn.faces)
    return truth


def _photographed(rng: Random, picture: Image.Image, shot: _Shot) -> Image.Image:
    from PIL import Image

    if shot.tilt is not None:
        picture = _on_desk(rng, picture, shot.tilt)
    if shot.width:
        height = round(picture.height * shot.width / picture.width / 2) * 2
        picture = picture.resize((shot.width, height), Image.Resampling.LANCZOS)
    if shot.grey:
        picture = picture.convert("L")
    return picture.rotate(_EXIF_TURN[shot.orientation], expand=True)


def _on_desk(rng: Random, card: Image.Image, tilt: float) -> Image.Image:
    from PIL import Image

    colour = rng.choice(((120, 92, 66), (70, 74, 80), (196, 188, 170)))
    desk = Image.new("RGB", (card.width + 220, card.height + 200), colour)
    mask = Image.new("L", card.size, 255).rotate(tilt, Image.Resampling.BICUBIC, expand=True)
    turned = card.rotate(tilt, Image.Resampling.BICUBIC, expand=True)
    desk.paste(
        turned, (110 - (turned.width - card.width) // 2, 100 - (turned.height - card.height) // 2), mask
    )
    return desk


def _save(picture: Image.Image, path: Path, orientation: int) -> None:
    from PIL import Image

    if path.suffix == ".heic":
        from pipelines.demo import heic

        path.write_bytes(heic.encode(picture))
    elif path.suffix == ".jpg":
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture.convert("RGB").save(path, quality=88, exif=exif)
    else:
        picture.save(path, compress_level=3)
