"""What a relay's reply means; pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.transports.smtp_replies import Step, printable, refusal, reply_of
from notify.transports.transport import (
    MessageRefused,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
    SenderRefused,
)

STEPS = st.sampled_from(list(Step))


def test_a_reply_is_kept_with_its_code_and_its_enhanced_code():
    reply = reply_of(550, "5.1.1 no such user")

    assert (reply.code, reply.enhanced, str(reply)) == (550, "5.1.1", "550 5.1.1 no such user")


@pytest.mark.parametrize(
    "message", ["no such user", "5.1 no", "5.1.1234 no", "5.1.1no", "4.1.1 another class", "٥.1.1 x"]
)
def test_what_is_no_enhanced_code_of_the_reply_is_none(message):
    """RFC 3463: class.subject.detail, and the class is the reply's (RFC 2034)."""
    assert reply_of(550, message).enhanced == ""


def test_a_reply_of_several_lines_is_kept_as_one():
    assert str(reply_of(550, "5.1.1 no such user\n5.1.1 ask your postmaster")) == (
        "550 5.1.1 no such user 5.1.1 ask your postmaster"
    )


def test_what_cannot_be_shown_safely_is_shown_as_a_question_mark():
    assert printable("a\x1b[31mb\u202ec\udce9d\te") == "a?[31mb?c?d e"


@given(st.text(st.characters(codec=None), max_size=2000))
def test_whatever_a_relay_says_is_kept_as_one_printable_line_of_bounded_length(message):
    kept = reply_of(550, message).text

    assert kept.isprintable()
    assert len(kept) <= 500
    kept.encode("utf-8")  # so the ledger and JSON take it


@given(STEPS, st.integers(400, 499), st.text(max_size=20))
def test_a_4xx_is_for_now_at_every_step_whatever_its_words(step, code, message):
    assert type(refusal(step, reply_of(code, message))) is RelayUnavailable


@given(STEPS, st.integers(200, 399), st.text(max_size=20))
def test_a_positive_reply_out_of_turn_refuses_nothing_for_good(step, code, message):
    assert type(refusal(step, reply_of(code, message))) is RelayUnavailable


@given(
    st.sampled_from([Step.GREETING, Step.EHLO, Step.STARTTLS, Step.AUTH]), st.integers(500, 599), st.text(max_size=9)
)
def test_before_mail_a_refusal_is_never_a_mails_or_a_recipients_fault(step, code, message):
    assert type(refusal(step, reply_of(code, message))) is RelayMisconfigured


@pytest.mark.parametrize(
    ("step", "code", "message", "kind"),
    [
        (Step.RCPT, 550, "5.5.0 mailbox unavailable", RecipientRefused),
        (Step.RCPT, 556, "5.1.10 takes no mail", RecipientRefused),
        (Step.RCPT, 503, "5.5.1 MAIL first", SenderRefused),
        (Step.RCPT, 550, "5.7.1 blocked", RelayUnavailable),
        (Step.RCPT, 552, "", RelayUnavailable),
        (Step.RCPT, 552, "5.5.3 too many recipients", RelayUnavailable),
        (Step.RCPT, 552, "5.2.2 over quota", RecipientRefused),
        (Step.RCPT, 552, "5.3.4 too big", MessageRefused),
        (Step.MAIL, 552, "", MessageRefused),
        (Step.MAIL, 550, "5.2.3 longer than is allowed", MessageRefused),
        (Step.MAIL, 550, "5.1.8 no such domain of yours", SenderRefused),
        (Step.TEXT, 552, "5.7.0 blocked for its content", RelayUnavailable),
        (Step.TEXT, 554, "5.3.0 out of order", SenderRefused),
        (Step.TEXT, 552, "5.3.4 too big", MessageRefused),
        (Step.TEXT, 550, "5.2.1 mailbox disabled", RecipientRefused),
        (Step.TEXT, 535, "authenticate", SenderRefused),
        (Step.TEXT, 554, "5.4.6 routing loop", MessageRefused),
    ],
)
def test_a_5xx_is_the_fault_of_whom_its_code_names(step, code, message, kind):
    assert type(refusal(step, reply_of(code, message))) is kind


def test_the_step_stands_beside_the_reply():
    assert refusal(Step.TEXT, reply_of(554, "5.6.0 broken")).reply == "554 5.6.0 broken [end of text]"


def test_a_mail_refused_for_itself_is_handled_as_a_refusal_for_good():
    """Else a delivery that does not know the class would leave the mail in doubt."""
    assert issubclass(MessageRefused, RecipientRefused)
