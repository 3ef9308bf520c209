"""Small wrongs, one at a time, in the syntax tree of a file: what a test of a rule has to notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

PAIRS = (
    (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn),
    (ast.And, ast.Or), (ast.Add, ast.Sub),
)  # fmt: skip
SWAPPED = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}
# What is read by people or by type checkers only.
UNREAD = ("annotation", "returns", "decorator_list")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong: its line and what stands there before and after, as Python writes it; the tree of the whole file."""

    line: int
    before: str
    after: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


def mutants(source: str) -> Iterator[Mutant]:
    """All wrongs of a file: comparisons, `and` and `or`, plus and minus, `not`, numbers, truths, what is returned."""
    tree = ast.parse(source)
    nodes = list(_read(tree))
    for index, node in enumerate(nodes):
        for wrong in _wrongs(node):
            changed = deepcopy(tree)
            list(_read(changed))[index].__dict__.update(wrong)
            after = deepcopy(node)
            after.__dict__.update(wrong)
            yield Mutant(node.lineno, ast.unparse(node), ast.unparse(after), ast.fix_missing_locations(changed))


def _read(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The parts of a tree that say what is done, from its top to its end."""
    if isinstance(node, ast.FunctionDef) and "sample" in node.name:
        return  # facts to show a letter with
    for name, field in ast.iter_fields(node):
        for each in field if isinstance(field, list) else [field]:
            if isinstance(each, ast.AST) and name not in UNREAD:
                if isinstance(each, ast.expr | ast.stmt):
                    yield each
                yield from _read(each)


def _wrongs(node: ast.AST) -> Iterator[dict[str, object]]:
    """The fields of a node that make it wrong."""
    match node:
        case ast.Compare(ops=[op]):
            yield {"ops": [SWAPPED[type(op)]()]}
        case ast.BoolOp(op=op):
            yield {"op": SWAPPED[type(op)]()}
        case ast.BinOp(op=ast.Add() | ast.Sub() as op):
            yield {"op": SWAPPED[type(op)]()}
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield {"operand": ast.UnaryOp(ast.Not(), operand)}
        case ast.Constant(value=bool(value)):
            yield {"value": not value}
        case ast.Constant(value=int(value)):
            yield {"value": value + 1}
            yield {"value": value - 1}
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield {"value": ast.Constant(None)}
