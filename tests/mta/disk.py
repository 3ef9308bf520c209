"""A small disk, which can be filled to its last byte."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.mta.missing import Missing

SIZE = "48m"


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """Mounted there for the duration of the block.

    Raises:
        Missing: nothing may be mounted here.
    """
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder]
    said = subprocess.run(mount, capture_output=True, text=True, check=False)
    if said.returncode:
        raise Missing(f"a small disk cannot be mounted: {said.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is left on it for the duration of the block."""
    filler = disk / "filler"
    try:
        for size in (65536, 1):
            with suppress(OSError), filler.open("ab", buffering=0) as file:
                while file.write(b"x" * size):
                    continue
        yield
    finally:
        filler.unlink()
