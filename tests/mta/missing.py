"""What a scenario needs and this machine does not have."""

from __future__ import annotations

import os
import shutil
import subprocess


class Missing(Exception):  # noqa: N818 - named for what is the matter
    """The scenario cannot be played here, and why."""


def need_root() -> None:
    """Postfix is started by root only, and so are namespaces and mounts.

    Raises:
        Missing: this is somebody else.
    """
    if os.geteuid():
        raise Missing("this needs root")


def need(program: str, package: str) -> None:
    """Raises Missing where the program is not installed."""
    if shutil.which(program) is None:
        raise Missing(f"{program} is not installed (Debian: {package})")


def need_namespaces() -> None:
    """Raises Missing where a process cannot have a host name of its own."""
    need("unshare", "util-linux")
    if subprocess.run(["unshare", "--uts", "--pid", "--fork", "true"], capture_output=True, check=False).returncode:
        raise Missing("namespaces of its own are not allowed to a process here")
