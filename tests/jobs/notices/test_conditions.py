"""What decides for notices of all kinds alike: day, ledger, baseline, address and approval (N8, P1, P2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from jobs.notices.conditions import bounced_of
from jobs.notices.decision import Key, Recorded
from jobs.notices.renewal_notice import RenewalRules, decisions
from tests.contracts.values import REGISTRATION, a_line
from tests.jobs.builders import a_mailable_contract, on

DUE = date(2021, 8, 2)
KEY = Key("renewal-notice", "K-0001", "1", "2022-01/5m")
OWNER, ADMINISTRATOR, PARTNER = "owner@example.co.jp", "admin@example.co.jp", "sales@example.com"
ACCOUNT = {"administrator_emails": (ADMINISTRATOR,), "partner_email": PARTNER}
MANUAL = {"approval": "manual", "copy_to": ("administrators",)}


def decided(rules=(), as_of=DUE, account=(), line=None, **at):
    contract = a_mailable_contract(line or a_line(), **ACCOUNT | dict(account))
    return next(iter(decisions(contract, RenewalRules(**dict(rules)), on(as_of, **at))))


def waits(**facts):
    return {KEY: Recorded("held", datetime(2021, 8, 1, tzinfo=UTC), **facts)}


@pytest.mark.parametrize(
    ("owner", "reason"), [("", "owner-missing"), ("owner at example", "owner-invalid"), (OWNER, "owner-bounced")]
)
def test_n8_a_notice_to_an_owner_who_cannot_be_written_to_is_held_and_goes_to_nobody(owner, reason):
    found = decided({"copy_to": ("partner",)}, account={"owner_email": owner}, bounced=frozenset({OWNER}))

    assert (found.action, found.reason, found.to, found.cc) == ("hold", reason, (), ())


@pytest.mark.parametrize(
    "held",
    [
        decided(account={"owner_email": ""}),
        decided(MANUAL),
        decided(as_of=date(2021, 8, 1)),
        decided(baseline=date(2021, 8, 3)),
        decided(as_of=date(2021, 12, 3)),
        decided(line=a_line(menu=REGISTRATION, term=None)),
    ],
    ids=lambda decision: decision.reason,
)
def test_what_keeps_a_notice_back_is_the_last_check_and_the_only_one_that_does_not_let_it_go(held):
    assert [check.passed for check in held.checks] == [True] * (len(held.checks) - 1) + [False]


@pytest.mark.parametrize("record", [{}, waits()], ids=["not on the ledger", "on the ledger"])
def test_what_a_person_has_to_approve_is_held_with_those_it_would_go_to(record):
    found = decided(MANUAL, record=record)

    assert (found.action, found.reason) == ("hold", "awaiting-approval")
    assert (found.to, found.cc) == ((OWNER,), (ADMINISTRATOR,))


def test_what_a_person_approved_goes():
    found = decided(MANUAL, record=waits(is_approved=True))

    assert (found.action, found.checks[-1].code, found.checks[-1].passed) == ("send", "approved", True)


def test_nobody_has_to_approve_what_goes_by_itself():
    assert decided().checks[-1].code == "owner-mailable"


def test_what_waits_on_the_ledger_goes_as_if_it_were_not_there():
    assert decided(record=waits()).action == "send"


@pytest.mark.parametrize(
    ("copy_to", "copies"),
    [
        ((), ()),
        (("administrators",), (ADMINISTRATOR,)),
        (("partner",), (PARTNER,)),
        (("administrators", "partner"), (ADMINISTRATOR, PARTNER)),
    ],
)
def test_p2_only_those_are_copied_who_are_configured(copy_to, copies):
    assert decided({"copy_to": copy_to}).cc == copies


def test_p2_each_is_copied_once_the_owner_never_and_what_is_no_address_is_left_out():
    administrators = (ADMINISTRATOR, OWNER, "admin", "", ADMINISTRATOR, "second@example.co.jp")

    found = decided({"copy_to": ("administrators",)}, account={"administrator_emails": administrators})

    assert (found.to, found.cc) == ((OWNER,), (ADMINISTRATOR, "second@example.co.jp"))


@pytest.mark.parametrize("gone", [OWNER, ADMINISTRATOR, PARTNER])
def test_the_desk_is_told_which_of_an_account_s_addresses_mail_came_back_from(gone):
    account = a_mailable_contract(**ACCOUNT).account

    assert bounced_of(account, {gone}) == [gone]
    assert bounced_of(account, ()) == []
