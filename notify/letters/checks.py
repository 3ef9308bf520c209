"""What is wrong with a template by its look: names, filters and tests that there are not, and who else can change it.

A template is code that runs for the reseller, so its files are theirs alone. Nothing is rendered here.
"""

from __future__ import annotations

import grp
import pwd
import stat
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from jinja2 import Environment, meta, nodes


def unknown_names(tree: nodes.Template, known: AbstractSet[str]) -> Iterator[tuple[str, int | None]]:
    """Names, each with the first line that uses it, that are neither known nor made or asked for by the file itself.

    Sees branches that a sample does not reach; sees no attributes (`a.b`), which only rendering can judge.
    """
    missing = meta.find_undeclared_variables(tree) - known - _made_by(tree) - _asked_for_by(tree)
    for name in sorted(missing):
        yield name, min((each.lineno for each in tree.find_all(nodes.Name) if each.name == name), default=None)


def unknown_filters_and_tests(tree: nodes.Template, environment: Environment) -> Iterator[tuple[str, int]]:
    """`filter 'x'` and `test 'y'`, each with its line. Jinja finds those inside an `if` only when it gets there."""
    for each in tree.find_all((nodes.Filter, nodes.Test)):
        what, there_are = (
            ("filter", environment.filters) if isinstance(each, nodes.Filter) else ("test", environment.tests)
        )
        if each.name not in there_are:
            yield f"{what} '{each.name}'", each.lineno


def _made_by(tree: nodes.Template) -> set[str]:
    """What the file defines at any place: set, import and macro."""
    names = {each.name for each in tree.find_all(nodes.Name) if each.ctx == "store"}
    names |= {each.name for each in tree.find_all(nodes.Macro)}
    names |= {each.target for each in tree.find_all(nodes.Import)}
    for imported in tree.find_all(nodes.FromImport):
        names |= {each if isinstance(each, str) else each[1] for each in imported.names}
    return names


def _asked_for_by(tree: nodes.Template) -> set[str]:
    """What the file asks for before it uses it: `… is defined`, `…|default(…)`."""
    asked: list[nodes.Expr | None] = [each.node for each in tree.find_all(nodes.Test) if each.name == "defined"]
    asked += [each.node for each in tree.find_all(nodes.Filter) if each.name in {"default", "d"}]
    return {each.name for each in asked if isinstance(each, nodes.Name)}


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
