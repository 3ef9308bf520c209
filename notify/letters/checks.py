"""What is wrong with a template by its look: names, filters and tests that there are not, and who else can change it.

A template is code that runs for the reseller, so its files are theirs alone. Nothing is rendered here.
"""

from __future__ import annotations

import grp
import pwd
import stat
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from os.path import realpath  # says where a loop of links ends; Path.resolve raises
from pathlib import Path

from jinja2 import Environment, meta, nodes

from notify.letters.problem import like

Found = tuple[str, int | None, dict[str, str]]  # a code of SENTENCES, the line, its values


def unknown_in(tree: nodes.Template, known: AbstractSet[str], environment: Environment) -> Iterator[Found]:
    """Names that are neither known nor made or asked for by the file itself; filters and tests that there are not.

    Sees branches that a sample does not reach; sees no attributes (`a.b`), which only rendering can judge.
    """
    made = _made_by(tree)
    for name in sorted(meta.find_undeclared_variables(tree) - known - made - _asked_for_by(tree)):
        line = min((each.lineno for each in tree.find_all(nodes.Name) if each.name == name), default=None)
        yield "unknown-name", line, {"name": name, "like": like(name, known | made)}
    for each in tree.find_all((nodes.Filter, nodes.Test)):  # Jinja finds those inside an `if` only when it gets there
        is_filter = isinstance(each, nodes.Filter)
        there_are = environment.filters if is_filter else environment.tests
        if each.name not in there_are:
            code = "unknown-filter" if is_filter else "unknown-test"
            yield code, each.lineno, {"name": each.name, "like": like(each.name, there_are)}


def slots_in(tree: nodes.Template) -> set[str]:
    """The slots that a file has."""
    return {each.name for each in tree.find_all(nodes.Block)}


def line_of(tree: nodes.Template, name: str) -> int | None:
    """Where the file names another one."""
    naming = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    found = (each.lineno for each in tree.find_all(naming) if name in _constants(each))
    return next(found, None)


def unsaid_in(tree: nodes.Template, slots: AbstractSet[str]) -> Iterator[Found]:
    """What a file that extends one with these slots says in vain: Jinja leaves it out without a word."""
    after = next((place for place, each in enumerate(tree.body) if isinstance(each, nodes.Extends)), len(tree.body))
    for each in tree.body[after:]:
        if isinstance(each, nodes.Block) and each.name not in slots:
            allowed = ", ".join(sorted(slots))
            yield "unknown-slot", each.lineno, {"name": each.name, "allowed": allowed, "like": like(each.name, slots)}
        elif isinstance(each, nodes.Output) and (said := _first_said(each)):
            yield "outside-slot", said[0], {"found": said[1]}


def _first_said(output: nodes.Output) -> tuple[int, str] | None:
    """The first words of an output, or what it prints, with their line; None where it is blank."""
    for each in output.nodes:
        if not isinstance(each, nodes.TemplateData):
            return each.lineno, "{{ … }}"
        if text := each.data.strip():
            before = each.data[: each.data.index(text)].count("\n")
            return each.lineno + before, text.splitlines()[0][:40]
    return None


def _constants(node: nodes.Node) -> set[object]:
    return {each.value for each in node.find_all(nodes.Const)}


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


def exposures(directory: Path) -> Iterator[tuple[Path, str, dict[str, str]]]:
    """Files and folders of the directory that somebody else may write, and links that lead out of it, each with why."""
    home = directory.resolve()
    for path in (directory, *sorted(directory.rglob("*"))):
        if path != directory and path.is_symlink() and not Path(realpath(path)).is_relative_to(home):
            yield path, "link-out", {"where": realpath(path)}
        elif path.is_symlink() and not path.exists():
            yield path, "link-dead", {}
        elif path.exists() and (code := _other_writers(path)):
            yield path, code, {}


def _other_writers(path: Path) -> str:
    """That somebody beside its owner may write the file; "" where nobody may."""
    about = path.stat()
    if about.st_mode & stat.S_IWOTH:
        return "writable-by-all"
    if about.st_mode & stat.S_IWGRP and not _is_private_group(about.st_uid, about.st_gid):
        return "writable-by-group"
    return ""


def _is_private_group(user: int, group: int) -> bool:
    """Whether the group is the owner's own and nobody else's, as many systems give each user one."""
    try:
        return pwd.getpwuid(user).pw_gid == group and not grp.getgrgid(group).gr_mem
    except KeyError:  # an owner or a group that this machine does not know
        return False
