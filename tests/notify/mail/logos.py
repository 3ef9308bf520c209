"""Small pictures for logos, whole enough for a browser to draw them."""

from __future__ import annotations

import struct
import zlib


def a_png(width: int = 480, height: int = 96, colour: tuple[int, int, int] = (240, 170, 20)) -> bytes:
    """One colour with a border, so that its edges are seen on any ground."""
    border, inner = bytes((255, 255, 255)), bytes(colour)
    edge = b"\0" + border * width
    line = b"\0" + border * min(4, width) + inner * max(0, width - 8) + border * max(0, min(4, width - 4))
    rows = [edge if y < 4 or y >= height - 4 else line for y in range(height)]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def a_gif(width: int, height: int) -> bytes:
    """Its head; nobody draws it."""
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def a_jpeg(width: int, height: int, *, before: bytes = b"") -> bytes:
    """Its segments as far as the one that tells the size, with others before it; nobody draws it."""
    jfif = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + jfif + before + frame + b"\xff\xd9"
