"""Who else can change the letters: a template is code that runs for the reseller, so its files are theirs alone."""

from __future__ import annotations

import grp
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path


def exposures(directory: Path) -> Iterator[tuple[Path, str]]:
    """Files and folders of the directory that somebody else may write, and links that lead out of it, each with why."""
    home = directory.resolve()
    for path in (directory, *sorted(directory.rglob("*"))):
        if path != directory and path.is_symlink() and not path.resolve().is_relative_to(home):
            yield (
                path,
                f"a link out of its directory, to {path.resolve()}: who can write there writes your letters",
            )
        elif path.exists() and (who := _other_writers(path)):
            yield path, f"{who} can write it, and with it what your customers are told; `chmod go-w` ends that"


def _other_writers(path: Path) -> str:
    """Who may write the file beside its owner; "" for nobody."""
    about = path.stat()
    if about.st_mode & stat.S_IWOTH:
        return "everybody on this machine"
    if about.st_mode & stat.S_IWGRP and not _is_private_group(about.st_uid, about.st_gid):
        return "its group"
    return ""


def _is_private_group(user: int, group: int) -> bool:
    """Whether the group is the owner's own and nobody else's, as many systems give each user one."""
    try:
        return pwd.getpwuid(user).pw_gid == group and not grp.getgrgid(group).gr_mem
    except KeyError:  # an owner or a group that this machine does not know
        return False
