"""docs/changes-in-mid-term.md is true: its file is taken without a flag, and sets off what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "docs" / "examples" / "changes-in-mid-term.csv"


@pytest.fixture(autouse=True)
def imported(kigen):
    said = kigen.ask("import", FILE, "--format", "json")
    assert (said.status, said.json["flags"]) == (0, [])


def sent(kigen, job, day, contract):
    """The lines of the contract of which the job sends something on that day."""
    decided = kigen.run(job, day).decisions("contract", "line", "action")
    return [line for number, line, action in decided if (number, action) == (contract, "send")]


@pytest.mark.parametrize("job", ["renewal-notice", "license-release"])
@pytest.mark.parametrize("day", ["2026-07-01", "2026-07-24", "2026-07-30"])
def test_t8_nothing_is_to_be_renewed_or_released_of_what_an_upgrade_replaces(kigen, job, day):
    assert sent(kigen, job, day, "K-UPGRADE") == []


@pytest.mark.parametrize(("contract", "line"), [("K-UPGRADE", "2"), ("K-OVERAGE", "3")])
def test_t8_b5_what_takes_its_place_is_announced_to_the_owner(kigen, contract, line):
    assert sent(kigen, "service-start", "2026-07-24", contract) == [line]


@pytest.mark.parametrize(
    ("day", "contract", "lines"), [("2026-08-03", "K-OVERAGE", ["1", "3"]), ("2026-09-01", "K-UPGRADE", ["2"])]
)
def test_n1_what_took_its_place_is_renewed_with_the_contract(kigen, day, contract, lines):
    assert sent(kigen, "renewal-notice", day, contract) == lines
