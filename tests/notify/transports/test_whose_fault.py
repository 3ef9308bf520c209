"""Whose fault a refusal for good is: what relays and providers say, in words made up anew, and who has to act.

ours: the delivery stops, the mail waits, no address is marked · recipient's: nobody is there, or takes no mail ·
mail's: this letter will never be taken · set aside: somebody's rule against this mail; tried again, the others go on.
"""

from __future__ import annotations

import pytest

from notify.transports.smtp_replies import Step, refusal, reply_of
from notify.transports.transport import MessageRefused, RecipientRefused, RelayUnavailable, SenderRefused

US = "noreply@seller.example.co.jp"
MAIL, RCPT, DATA, TEXT = Step.MAIL, Step.RCPT, Step.DATA, Step.TEXT

OURS = {
    # a relay of one's own
    "postfix: a sender that its own table has not": (RCPT, 550, f"5.1.0 <{US}>: Sender address rejected: no such user"),
    "postfix: a domain of ours that has no entry": (RCPT, 550, f"5.1.8 <{US}>: domain of the sender is not there"),
    "postfix: no relaying for us": (RCPT, 554, "5.7.1 <someone>: Relay access denied"),
    "postfix: our host is on a list": (RCPT, 554, "5.7.1 Client host [192.0.2.7] is on a list of senders of junk"),
    "postfix: the sender's mailbox does not answer": (RCPT, 550, "5.1.0 sender verification: mailbox did not answer"),
    "postfix: another's name": (RCPT, 553, f"5.7.1 <{US}>: the login kigen does not own this address"),
    "exim: relaying, without a code": (RCPT, 550, "relay not permitted, and no login was seen"),
    "exim: the sender was called back": (RCPT, 550, "Sender verify failed"),
    "exim: our name is unknown at the return address": (RCPT, 550, f"unrouteable: {US}"),
    "sendmail: relaying": (RCPT, 550, "5.7.1 Relaying denied; read mail first"),
    "a relay that wants a login": (RCPT, 530, "5.7.0 who are you?"),
    "a relay that wants a login, in words": (RCPT, 550, "Authentication is required for outside mail"),
    "a relay that wants TLS": (MAIL, 530, "5.7.0 STARTTLS comes first"),
    "commands out of turn": (RCPT, 503, "5.5.1 no sender was given"),
    # Microsoft 365
    "microsoft: may not send as the sender": (TEXT, 554, "5.2.252 SendAsDenied; batch is not let send as noreply"),
    "microsoft: over what an account may submit": (TEXT, 554, "5.2.0 STOREDRV.Submission.Exception:QuotaOfTheDay"),
    "microsoft: an outbound sender it mistrusts": (RCPT, 550, "5.1.8 denied, this outbound sender is not trusted"),
    "microsoft: enough recipients for a day": (RCPT, 550, "5.1.90 this mailbox wrote to enough people for one day"),
    "google: a relay that misses credentials": (RCPT, 550, "5.7.1 no credentials that let 192.0.2.7 relay"),
    "microsoft: no login on this connection": (MAIL, 530, "5.7.57 client was not authenticated to send mail"),
    "microsoft: not this sender's mailbox": (TEXT, 550, "5.7.60 no right to send for this sender"),
    "microsoft: a tenant over its threshold": (RCPT, 550, "5.7.705 tenant went over its threshold"),
    "microsoft: a trial tenant": (RCPT, 550, "5.7.708 traffic from here is not taken"),
    "microsoft: a domain nobody registered": (TEXT, 550, "5.7.750 domain not registered with this service"),
    "microsoft: our address is banned": (RCPT, 550, "5.7.606 banned; ask for 192.0.2.7 to be taken off"),
    "microsoft: a connector is missing": (RCPT, 550, "5.7.64 which tenant this is could not be told"),
    # Google
    "google: the day's limit, after the text": (TEXT, 550, "5.4.5 enough mail for one day from here"),
    "google: the day's limit, at the recipient": (RCPT, 550, "5.4.5 enough mail for one day from here"),
    "google: a relay that does not know us": (MAIL, 550, "5.7.1 these credentials are for another relay"),
    "google: a relay that does not know our domain": (TEXT, 550, "5.7.1 mail relay denied [192.0.2.7]"),
    "google: an account turned off": (MAIL, 535, "5.7.8 name and password were not taken"),
    # mailing services
    "ses: an identity that is not verified": (TEXT, 554, "Rejected: the address is not verified in this region"),
    "ses: sending is paused": (TEXT, 554, "Rejected: sending limit of this account is zero"),
    "sendgrid: no identity fits": (TEXT, 550, "header-from does not match any identity of yours, not verified"),
    "a service: the plan has expired": (TEXT, 550, "5.7.0 your account has no plan"),
    "a service: over a limit, no code": (RCPT, 550, "You are above your sending limit, come back tomorrow"),
    # providers in Japan
    "a provider: the day's number": (RCPT, 550, "5.7.0 本日の送信数を超えています"),
    "a provider: login before sending": (RCPT, 550, "5.7.1 メールの認証をしてから送ってください"),
    "a provider: another's sender": (TEXT, 550, "5.7.1 差出人がご契約のアドレスと異なります"),
}
RECIPIENTS = {
    "words within the recipient's address": (RCPT, 550, "<mail-from@relaying-denied.example> has no mailbox here"),
    "postfix: unknown here": (RCPT, 550, "5.1.1 <someone>: Recipient address rejected: unknown in the local table"),
    "postfix: no such domain": (RCPT, 550, "5.1.2 <someone>: Recipient address rejected: domain is not there"),
    "exim: unknown, no code": (RCPT, 550, "Unrouteable address"),
    "microsoft: unknown, and who sends is named": (RCPT, 550, f"5.1.10 not found; seen from {US}"),
    "google: unknown": (RCPT, 550, "5.1.1 there is no account by this name; check it for typing errors"),
    "google: disabled": (RCPT, 550, "5.2.1 this account is inactive"),
    "a mailbox that is full for good": (RCPT, 552, "5.2.2 mailbox is full"),
    "docomo: unknown": (RCPT, 550, "unknown user, says the carrier"),
    "au: unknown": (RCPT, 550, "5.1.1 user unknown at the carrier"),
    "softbank: unknown": (RCPT, 550, "invalid recipient at the carrier"),
    "a provider: unknown, after the text": (TEXT, 550, "5.1.1 宛先のアドレスはありません"),
    "large providers: a mailbox that is not there": (RCPT, 550, "5.5.0 mailbox not available"),
}
MAILS = {
    "too big, said before": (MAIL, 552, "5.3.4 longer than is taken"),
    "too big, said after": (TEXT, 552, "5.3.4 longer than is taken"),
    "a broken header": (TEXT, 550, "5.6.0 a line of the header cannot be read"),
    "a virus was seen, no code": (TEXT, 554, "a virus was seen in it"),
    "junk, no code": (TEXT, 554, "looks like junk"),
    "docomo: the customer's own filter": (TEXT, 550, "5.2.0 taken for spam by the settings of this customer"),
    "au: the customer's own filter": (RCPT, 550, "<someone>: 迷惑メールフィルターにより受信拒否されました"),
    "so-net: a filter at the recipient, no code": (RCPT, 550, "this was blocked as spam"),
}
SET_ASIDE = {
    "postfix: this recipient takes none": (RCPT, 550, "5.7.1 <someone>: Recipient address rejected: access denied"),
    "a filter behind the relay": (TEXT, 554, "5.7.1 the next hop does not like its content"),
    "microsoft: DMARC at the recipient's": (TEXT, 550, "5.7.509 DMARC was not passed by the domain"),
    "google: DMARC at the recipient's": (TEXT, 550, "5.7.26 no DMARC pass for this domain"),
    "microsoft: a rule of the recipient's": (RCPT, 550, "5.7.133 only insiders may write to this group"),
    "carrier: the recipient takes listed addresses only": (RCPT, 550, "5.7.1 受信拒否の設定があります"),
}


def kind_of(step: Step, code: int, words: str) -> type[Exception]:
    return type(refusal(step, reply_of(code, words), US))


@pytest.mark.parametrize("said", OURS.values(), ids=OURS)
def test_a_refusal_of_who_sends_is_ours_and_no_recipients(said):
    assert kind_of(*said) is SenderRefused


@pytest.mark.parametrize("said", RECIPIENTS.values(), ids=RECIPIENTS)
def test_a_refusal_of_a_recipient_is_that_recipients(said):
    assert kind_of(*said) is RecipientRefused


@pytest.mark.parametrize("said", MAILS.values(), ids=MAILS)
def test_a_refusal_of_a_letter_is_that_letters(said):
    assert kind_of(*said) is MessageRefused


@pytest.mark.parametrize("said", SET_ASIDE.values(), ids=SET_ASIDE)
def test_a_rule_against_one_mail_sets_that_mail_aside(said):
    assert kind_of(*said) is RelayUnavailable


def test_a_limit_that_is_said_to_pass_is_for_now():
    assert kind_of(RCPT, 452, "4.5.3 too many messages from here in this hour, sending limit") is RelayUnavailable


def test_the_table_holds_sixty_refusals():
    assert len(OURS) + len(RECIPIENTS) + len(MAILS) + len(SET_ASIDE) >= 60
