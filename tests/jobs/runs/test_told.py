"""What the log says of deliveries, with the numbers of the ledger and no address."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from jobs.runs.told import say_results, told
from notify.delivery.delivery import ON_REQUEST, Delivered
from notify.transports.transport import OutcomeUnknown, RecipientRefused, RelayUnavailable
from tests.notify.builders import ScriptedTransport as Relay
from tests.notify.builders import a_ledger, deliver_now, queue, raising

NOW = datetime(2021, 9, 1, 0, 0, tzinfo=UTC)
DAY = date(2021, 9, 1)


@pytest.fixture
def said(caplog):
    """The records so far: level, event, facts."""
    for name in ("jobs", "jobs.runs"):  # a command in this process may have quietened the second
        caplog.set_level("DEBUG", name)
    return lambda: [(each.levelname, each.getMessage(), each.facts) for each in caplog.records]


def test_a_mail_that_did_not_get_through_is_known_by_its_numbers_and_the_relays_reply(tmp_path, said):
    ledger = a_ledger(tmp_path)
    queue(ledger, 4)
    scripts = {
        "owner1@example.co.jp": raising(RecipientRefused("550 5.1.1 unknown")),
        "owner2@example.co.jp": raising(RelayUnavailable("451 4.7.1 greylisted")),
        "owner3@example.co.jp": raising(OutcomeUnknown("the line broke")),
    }
    deliver_now(ledger, Relay(scripts), told=say_results)

    found = {facts["envelope"]: (level, event, facts["outcome"], facts["reply"]) for level, event, facts in said()}
    assert found == {
        1: ("DEBUG", "mail accepted", "accepted", "250"),
        2: ("WARNING", "mail not accepted", "refused", "550"),
        3: ("INFO", "mail put back", "unavailable", "451"),
        4: ("WARNING", "mail not accepted", "unknown", ""),
    }
    assert "owner" not in str(said())


@pytest.mark.parametrize(
    ("came_of", "level"),
    [
        (Delivered(sent=2), "INFO"),
        (Delivered(sent=1, stopped=ON_REQUEST), "INFO"),
        (Delivered(stopped="no connection to the relay"), "WARNING"),
    ],
)
def test_a_deliverys_end_is_said_with_counts_and_louder_where_the_relay_stopped_it(said, came_of, level):
    async def delivery():
        return came_of

    assert asyncio.run(told(delivery(), DAY)) == came_of

    assert said()[0][1] == "delivery started"
    assert said()[-1][:2] == (level, "delivery ended")
    assert said()[-1][2]["counts"]["sent"] == came_of.sent


def test_a_delivery_that_broke_is_said_and_goes_on_to_be_raised(said):
    async def delivery():
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError):
        asyncio.run(told(delivery(), DAY))

    assert said()[-1][:2] == ("ERROR", "delivery failed")
