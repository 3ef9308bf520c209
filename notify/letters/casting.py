"""A sandbox that renders a part with blanks for the letter's texts, numbers and days, and finds what it says of any.

A blank may be printed, given to the formats of letters, and calculated with: that is written down as an expression.
What else a template does with it is a question, answered from the letter at hand: the answer is written down, and what
was found is true for the letters that would answer the same. A text that holds blanks is kept in the same way from all
that would look into it: `lifted` stands wherever the language has an operator (see _Lifting), and every filter, test,
call and subscript asks first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

from jinja2 import nodes
from jinja2.runtime import BlockReference, Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from notify.letters.blanks import Applied, Expression, Filled, NoMould, filled, is_marked, mark, same
from notify.letters.template_modules import MADE, Made, SharingEnvironment

_LOOK_AT_NO_TEXT = {"default", "d", "length", "count", "first", "last", "list"}
_ASK_WHETHER_THERE_IS_ONE = {"defined", "undefined", "none"}
_BY_CHANCE = {"random"}
_ONLY_GIVE = {"items", "keys", "values", "get"}  # methods that compare nothing with what is inside

# Filters that no template can name: they have spaces.
_LIFTED, _ANSWERED, _AS_TEXT, _COMPARED = "the lifted", "the answered", "the text of", "the compared"


class Cast:
    """What is found out while one part is rendered for the letter with these leaves."""

    def __init__(self, leaves: Sequence[Any]) -> None:
        self.questions: dict[Expression, object] = {}  # with their answers
        self._leaves = leaves
        self._numbers: dict[Expression, int] = {}

    def blank(self, expression: Expression) -> Blank:
        """A blank for what the expression says."""
        return Blank(self, expression, expression(self._leaves))

    def calculated(self, function: Callable[..., Any], *operands: Any) -> Blank:
        """A blank for what the pure function makes of these."""
        lifted = map(self.lifted, operands)
        parts = (each.expression if isinstance(each, Blank) else same(self.answered(each)) for each in lifted)
        return self.blank(Applied(function, tuple(parts)))

    def asked(self, expression: Expression) -> Any:
        """What the expression says of this letter; from here on, only letters of which it says the same are alike."""
        answer = expression(self._leaves)
        self.questions[expression] = answer
        return answer

    def lifted(self, value: Any) -> Any:
        """The value; a text that holds blanks as one blank."""
        return self.blank(self.filled(value)) if isinstance(value, str) and is_marked(value) else value

    def answered(self, value: Any) -> Any:
        """The value without blanks, also inside of what holds values."""
        found = self.lifted(value)
        if isinstance(found, Blank):
            return self.asked(found.expression)
        if isinstance(value, list | tuple):
            return type(value)([self.answered(each) for each in value])
        if isinstance(value, dict):
            return {self.answered(key): self.answered(each) for key, each in value.items()}
        return value

    def is_blank(self, value: Any) -> bool:
        """Whether the value, or a part of the text, is a blank."""
        return isinstance(self.lifted(value), Blank)

    def mark(self, expression: Expression) -> str:
        """The sign for the expression in a text."""
        return mark(self._numbers.setdefault(expression, len(self._numbers)))

    def filled(self, text: str) -> Filled:
        """The text with its marks as blanks."""
        return filled(text, tuple(self._numbers))


class Blank:
    """A value that is not known yet. Compared with another it is a blank again; other questions are answered."""

    __slots__ = ("cast", "expression", "value")

    def __init__(self, cast: Cast, expression: Expression, value: object) -> None:
        self.cast, self.expression, self.value = cast, expression, value

    def __str__(self) -> str:
        marked = self.cast.mark(self.expression)
        return Markup(marked) if hasattr(self.value, "__html__") else marked  # noqa: S704 - as its value is

    def __html__(self) -> str:
        return escape(str(self))

    def __bool__(self) -> bool:
        if isinstance(self.expression, Filled) and any(self.expression.pieces):
            return True  # whatever is filled in
        return bool(self.cast.asked(Applied(bool, (self.expression,))))

    def __hash__(self) -> int:
        return hash(self.cast.answered(self))

    def __len__(self) -> int:
        return len(self.cast.answered(self))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cast.answered(self))

    def __contains__(self, part: object) -> bool:
        return self.cast.answered(part) in self.cast.answered(self)

    def __getitem__(self, part: Any) -> Any:
        return self.cast.answered(self)[self.cast.answered(part)]

    def __lt__(self, other: object) -> Any:
        return self.cast.calculated(operator.lt, self, other)

    def __le__(self, other: object) -> Any:
        return self.cast.calculated(operator.le, self, other)

    def __eq__(self, other: object) -> Any:
        return self.cast.calculated(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return self.cast.calculated(operator.ne, self, other)

    def __ge__(self, other: object) -> Any:
        return self.cast.calculated(operator.ge, self, other)

    def __gt__(self, other: object) -> Any:
        return self.cast.calculated(operator.gt, self, other)


class CastingEnvironment(SharingEnvironment):
    """The letters' sandbox, with blanks. `cast` is what is found out at the moment; one at a time."""

    cast: Cast
    intercepted_binops = frozenset(SharingEnvironment.default_binop_table)
    intercepted_unops = frozenset(SharingEnvironment.default_unop_table)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        del self.globals["lipsum"]
        self.filters = {
            name: self._with_answers(function, is_open=name in _LOOK_AT_NO_TEXT)
            for name, function in self.filters.items()
            if name not in _BY_CHANCE
        }
        tests: dict[str, Any] = self.tests
        self.tests = {
            name: self._with_answers(test, is_open=name in _ASK_WHETHER_THERE_IS_ONE) for name, test in tests.items()
        }
        self.filters |= {
            _LIFTED: self._lifted,
            _ANSWERED: self._answered,
            _AS_TEXT: self._as_text,
            _COMPARED: self._compared,
        }

    def formatted(self, function: Callable[..., Any], *operands: Any) -> Any:
        """What a format makes of its operands, as a text with a blank where one of them is blank."""
        if any(map(self.cast.is_blank, operands)):
            return str(self.cast.calculated(function, *operands))
        return function(*operands)

    def asking(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as a filter that is given answers."""
        return self._with_answers(function, is_open=False)

    def cast_of(self, name: str, data: dict[str, Any], cast: Cast) -> Filled:
        """The template with these data, in which blanks of the cast stand.

        Raises:
            NoMould: it cannot be made by filling blanks.
        """
        self.cast = cast
        return cast.filled(self.get_template(name).render({**data, MADE: Made(data)}))

    def call_binop(self, context: Context, sign: str, left: Any, right: Any) -> Any:  # noqa: ARG002 — Jinja's own
        """What the operator makes of them; a blank where one of them is blank."""
        if self.cast.is_blank(left) or self.cast.is_blank(right):
            return self.cast.calculated(self.binop_table[sign], left, right)
        return self.binop_table[sign](left, self.cast.answered(right) if sign == "%" else right)

    def call_unop(self, context: Context, sign: str, arg: Any) -> Any:  # noqa: ARG002 — Jinja's own
        """What the operator makes of it; blanks are asked."""
        return self.unop_table[sign](self.cast.answered(arg))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The part of the object; where that is a text with blanks, it is asked."""
        return super().getitem(self._opened(obj), self._opened(argument))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The part of the object; where that is a text with blanks, it is asked."""
        return super().getattr(self._opened(obj), attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Calls a macro with blanks, anything else with answers."""
        if not isinstance(obj, Macro | BlockReference):
            if isinstance(getattr(obj, "__self__", None), list | tuple | dict) and obj.__name__ not in _ONLY_GIVE:
                raise NoMould(f"{obj.__name__} looks at all that is inside")
            args, kwargs = self.cast.answered(args), self.cast.answered(kwargs)
        return super().call(context, obj, *args, **kwargs)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Lifting().visit(super()._parse(source, name, filename))
        tree.set_environment(self)
        return tree

    def _opened(self, value: Any) -> Any:
        found = self.cast.lifted(value)
        return self.cast.asked(found.expression) if isinstance(found, Blank) else found

    def _lifted(self, value: Any) -> Any:
        return self.cast.lifted(value)

    def _answered(self, value: Any) -> Any:
        return self.cast.answered(value)

    def _as_text(self, value: Any) -> Any:
        return str(value) if isinstance(value, Blank) else value

    def _compared(self, value: Any) -> Any:
        found = self.cast.lifted(value)
        return found if isinstance(found, Blank) else self.cast.answered(found)

    def _with_answers(self, function: Callable[..., Any], *, is_open: bool) -> Callable[..., Any]:
        @wraps(function)  # Jinja's mark on functions that take the context is copied with it
        def asking(*args: Any, **kwargs: Any) -> Any:
            ready = self.cast.lifted if is_open else self.cast.answered
            return function(*map(ready, args), **{name: ready(value) for name, value in kwargs.items()})

        return asking


class _Lifting(NodeTransformer):
    """Puts a filter wherever the language itself, and no function, would look into a text that may hold blanks."""

    def visit_If(self, node: nodes.If) -> nodes.Node:  # noqa: N802 — the names are those of Jinja's nodes
        return self._with(node, test=_LIFTED)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        return self._with(node, test=_LIFTED)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        return self._with(node, iter=_LIFTED, test=_LIFTED)

    def visit_And(self, node: nodes.And) -> nodes.Node:  # noqa: N802
        return self._with(node, left=_LIFTED)

    def visit_Or(self, node: nodes.Or) -> nodes.Node:  # noqa: N802
        return self._with(node, left=_LIFTED)

    def visit_Not(self, node: nodes.Not) -> nodes.Node:  # noqa: N802
        return self._with(node, node=_LIFTED)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        return self._with(node, expr=_COMPARED)

    def visit_Operand(self, node: nodes.Operand) -> nodes.Node:  # noqa: N802
        return self._with(node, expr=_COMPARED)

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        return self._with(node, key=_ANSWERED)

    def visit_Slice(self, node: nodes.Slice) -> nodes.Node:  # noqa: N802
        return self._with(node, start=_ANSWERED, stop=_ANSWERED, step=_ANSWERED)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        return self._with(node, node=_LIFTED)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [_filter(_AS_TEXT, each) for each in node.nodes]
        return node

    def visit_Extends(self, node: nodes.Extends) -> nodes.Node:  # noqa: N802
        return self._by_its_name(node)

    visit_Include = visit_Import = visit_FromImport = visit_Extends  # noqa: N815

    def _with(self, node: nodes.Node, /, **filters: str) -> nodes.Node:
        self.generic_visit(node)
        for field, name in filters.items():
            expression = getattr(node, field)
            if expression is not None:
                setattr(node, field, _filter(name, expression))
        return node

    def _by_its_name(self, node: nodes.Node) -> nodes.Node:
        if not isinstance(getattr(node, "template", None), nodes.Const):
            raise NoMould("the name of an included template is computed")
        return self.generic_visit(node)


def _filter(name: str, expression: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(expression, name, [], [], None, None, lineno=expression.lineno)
