"""Which wrongs are made of a file."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.mutations import mutants


@pytest.mark.parametrize(
    ("source", "wrongs"),
    [
        ("a = b < c", ["b < c → b <= c"]),
        ("a = b and c", ["b and c → b or c"]),
        ("a = not b", ["not b → not not b"]),
        ("a = 60", ["60 → 61", "60 → 59"]),
        ("a = b + c", ["b + c → b - c"]),
        ("a = True", ["True → False"]),
        ("def a():\n    return b", ["return b → return None"]),
        ("def a(b: Literal[1]) -> Literal[2]: ...", []),
        ("@dataclass(frozen=True)\nclass A: ...", []),
        ("def sample():\n    return 1", []),
    ],
)
def test_each_wrong_is_made_by_itself(source, wrongs):
    assert [str(mutant) for mutant in mutants(source)] == wrongs


def test_a_wrong_is_the_whole_file_with_one_change():
    assert [ast.unparse(mutant.tree) for mutant in mutants("a = 1\nb = c <= d")] == [
        "a = 2\nb = c <= d",
        "a = 0\nb = c <= d",
        "a = 1\nb = c < d",
    ]
