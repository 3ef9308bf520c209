"""Which names, filters and tests a template uses that there are not, read from its source without rendering it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

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
