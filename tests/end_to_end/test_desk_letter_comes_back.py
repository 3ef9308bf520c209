"""A letter to the desk itself that comes back: it sets off no other, and somebody else has to notice (N8)."""

from __future__ import annotations

import asyncio

import pytest

from tests.end_to_end.desk import DESK, at_once, digest, hears_of, latest, noon, run, to_desk, with_a_desk
from tests.end_to_end.installation import sold
from tests.notify.bounces.builders import HARD, POLICY, SOFT, report_about
from tests.notify.transports.relays import HOST, Relay, Script, say


@pytest.fixture
def kigen(tmp_path):
    """One that has told its desk of an owner who is missing."""
    found = with_a_desk(tmp_path, hears_of())
    found.bring(sold("K-1", owner_email=""))
    run(found)
    return found


def give_back_last(kigen, said=SOFT):
    """The last mail that the desk got comes back."""
    mail = (to_desk(kigen) + at_once(kigen))[-1]
    file = kigen.folder / "report.eml"
    file.write_bytes(report_about(mail, said, name=mail["Message-ID"].strip("<>")))
    return kigen.ask("bounce", file, at=noon())


@pytest.mark.parametrize("said", [HARD, SOFT, POLICY])
def test_it_sets_off_no_other_letter_that_would_come_back_as_well(kigen, said):
    for _ in range(3):
        assert give_back_last(kigen, said).status == 0

    assert len(at_once(kigen)) == 1


def test_a_colleagues_letter_that_came_back_is_told_to_the_desk(tmp_path):
    kigen = with_a_desk(tmp_path, hears_of(daily=True) + 'by_partner = { "P" = "sato@example.co.jp" }\n')
    kigen.bring(sold("K-1", partner_name="P", term_start="2021-01-01"))
    digest(kigen, "2021-10-25")
    (mail,) = to_desk(kigen, "sato@example.co.jp")
    file = kigen.folder / "report.eml"
    file.write_bytes(report_about(mail, SOFT))

    kigen.ask("bounce", file, at="2021-10-25T04:00:00Z")

    assert len(at_once(kigen)) == 1


def test_the_next_daily_letter_tells_of_it_once_and_asks_for_no_owner(kigen):
    kigen.bring(sold("K-1", owner_email=""), sold("K-2", owner_email=""))
    run(kigen)
    give_back_last(kigen, HARD)

    kigen.configure(hears_of(daily=True))
    digest(kigen, "2021-09-02")

    text = latest(kigen)
    assert "■ 戻ってきた通知（1件）" in text
    assert "kigen bounce --clear" not in text
    assert "■ 保留中の通知（2件）" in text


def test_the_doctor_says_that_the_desk_hears_nothing(kigen):
    said = "the latest letter to the sales desk was refused or came back"
    assert said not in kigen.ask("doctor", at=noon()).out

    give_back_last(kigen, HARD)
    assert said in kigen.ask("doctor", at=noon()).out

    kigen.configure(hears_of(daily=True))
    digest(kigen, "2021-09-02")
    assert said not in kigen.ask("doctor", at=noon("2021-09-02")).out


def test_its_story_asks_for_no_owner(kigen):
    give_back_last(kigen, HARD)
    ((number,),) = kigen.ledger("id", contract="desk")

    said = kigen.ask("notices", "show", number).out

    assert "waits for the next `run-job operator-digest`" in said


def test_a_desk_that_the_relay_does_not_know_sets_off_no_other_letter_either(kigen):
    """As the mail that came back: it is refused while it is handed over."""
    kigen.bring(sold("K-1", owner_email=""), sold("K-2", owner_email=""))

    async def story():
        async with Relay(Script(rcpt=say("550 5.1.1 no such user"))) as relay:
            smtp = f'[smtp]\nhost = "{HOST}"\nport = {relay.port}\nsecurity = "none"\n'
            kigen.configure(hears_of(more=f'transport = "smtp"\n{smtp}'))
            for day in ("2021-09-02", "2021-09-03"):
                await asyncio.to_thread(run, kigen, day)
            return [line for peer in relay.peers for line in peer.said if line.startswith("RCPT")]

    assert asyncio.run(story()) == [f"RCPT TO:<{DESK}>"]
