"""A logo that letters show: which picture its bytes are, how large it is drawn, and how the HTML names it.

It travels inside each mail, so it is small, and nothing is fetched when the letter is opened. Only the head of the
picture is read here; drawing it is the reader's program's work.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256

from notify.mail.message import Attachment

MOST_BYTES = 100_000  # of the file; base64 adds a third, and every mail carries it
WIDEST, HIGHEST = 240, 48  # pixels on the page: what the band above a letter has room for, on a phone too

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the JPEG segments that tell the size
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


class LogoError(ValueError):
    """The bytes are no logo that letters can show; the message says why and what is allowed."""


@dataclass(frozen=True, slots=True)
class Logo:
    """An inline image, and the pixels it is drawn in: its own, or fewer where it is too wide or too high."""

    image: Attachment
    width: int
    height: int


def logo_of(data: bytes, domain: str) -> Logo:
    """The logo with these bytes. Its Content-ID holds their digest: another picture is another letter.

    Raises:
        LogoError: it is no PNG, JPEG or GIF, is damaged, or has more than MOST_BYTES.
    """
    if len(data) > MOST_BYTES:
        raise LogoError(f"a logo travels with every mail: expected at most {MOST_BYTES:,} bytes, found more")
    subtype, width, height = _picture(data)
    if not (width and height):
        raise LogoError(f"expected a picture of at least one pixel, found {width} × {height}")
    shrink = min(1.0, WIDEST / width, HIGHEST / height)
    image = Attachment(
        name=f"logo.{subtype}",
        maintype="image",
        subtype=subtype,
        data=data,
        content_id=f"logo-{sha256(data).hexdigest()[:32]}@{domain}",
    )
    return Logo(image, max(1, round(width * shrink)), max(1, round(height * shrink)))


def _picture(data: bytes) -> tuple[str, int, int]:
    """The subtype of image/…, width and height in pixels."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return "png", *struct.unpack_from(">II", data, 16)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return "gif", *struct.unpack_from("<HH", data, 6)
        if data.startswith(b"\xff\xd8\xff"):
            return "jpeg", *_jpeg_size(data)
    except struct.error as error:
        raise LogoError("the picture is damaged: it ends before it says how large it is") from error
    raise LogoError("expected a PNG, JPEG or GIF picture, found another kind of file")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height, from the first segment that tells them (ITU-T T.81, B.2.2)."""
    place = 2
    while True:
        mark, kind = struct.unpack_from(">BB", data, place)
        if mark != 0xFF:  # noqa: PLR2004 — every segment begins with it
            raise LogoError("the picture is damaged: its segments do not follow each other")
        if kind in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        if kind == 0xFF:  # noqa: PLR2004 — padding before a segment
            place += 1
        elif kind in _WITHOUT_LENGTH:
            place += 2
        else:
            place += 2 + struct.unpack_from(">H", data, place + 2)[0]
