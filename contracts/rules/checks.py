"""What a contract in the book breaks of the domain's rules. It stays in the book; a person is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from contracts.model import Contract
from contracts.rules.flag import Flag, Line
from contracts.rules.limit_checks import ladders, neighbours, order_limits, total_limits
from contracts.rules.renewal_checks import (
    continuations_of_nothing,
    early_continuations,
    late_additions,
    late_continuations,
    late_storage_cuts,
    lower_continuations,
    lower_new_orders,
)
from contracts.rules.term_checks import (
    additions_that_end_apart,
    changes_in_mid_term,
    options_without_base,
    own_terms,
    start_days,
    term_ends,
)


def flags(contract: Contract) -> list[Flag]:
    """All that the contract breaks, line by line in order; what has no term, a registration, has nothing to break."""
    lines = [Line(line, line.term) for line in contract.lines if line.term]
    found = [flag for check in CHECKS for flag in check(lines)]
    order = {line.line: index for index, line in enumerate(contract.lines)}
    return sorted(found, key=lambda flag: order[flag.line])


CHECKS: tuple[Callable[[list[Line]], Iterator[Flag]], ...] = (
    start_days,
    term_ends,
    additions_that_end_apart,
    late_additions,
    continuations_of_nothing,
    own_terms,
    options_without_base,
    changes_in_mid_term,
    early_continuations,
    late_continuations,
    lower_continuations,
    lower_new_orders,
    late_storage_cuts,
    order_limits,
    total_limits,
    ladders,
    neighbours,
)
