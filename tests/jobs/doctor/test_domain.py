"""What the doctor says of the sender's domain, from the configuration and the records that stand in DNS."""

from __future__ import annotations

import pytest

from jobs.app import App
from jobs.config.load import load_settings
from jobs.doctor.domain import receivers
from jobs.doctor.examination import State
from jobs.doctor.texts import DnsSilent
from jobs.language.messages import Messages

SMTP = '[mail]\ntransport = "smtp"\nfrom = "更新窓口 <no-reply@k.internal>"\n'  # a name that nobody owns
RECORDS = {"k.internal": ["v=spf1 a -all"], "_dmarc.k.internal": ["v=DMARC1; p=reject; rua=mailto:a@k.internal"]}
BROKEN = {"k.internal": ["v=spf1 a -all", "v=spf1 mx -all"]}


@pytest.fixture
def told(tmp_path):
    """The findings with this configuration and these records."""

    def ask(config, texts_of, language="en"):
        (tmp_path / "config.toml").write_text(config, "utf-8")
        return list(receivers(App(load_settings(tmp_path / "config.toml", {})), Messages(language), texts_of))

    return ask


def of(records):
    return lambda name: records.get(name, [])


def silent(name):
    raise DnsSilent(name)


def test_each_record_is_told(told):
    assert [each.said for each in told(SMTP, of(RECORDS))] == [
        "SPF of k.internal ends in -all and takes 1 of 10 lookups",
        "DMARC of k.internal is p=reject for k.internal: what neither SPF nor DKIM speaks for is kept from the inbox",
        "mail.dkim_selector is empty: whether letters from k.internal are signed was not looked up",
    ]


def test_it_is_told_in_the_language_of_who_asked(told):
    assert told(SMTP, of(RECORDS), "ja")[0].said == "k.internal の SPF：末尾は -all、DNS の参照は10回中1回"


def test_the_domain_of_the_return_path_is_the_one_whose_spf_counts(told):
    found = told(SMTP + 'return_path = "bounces@mail.k.internal"\n', of(RECORDS))

    assert found[0].said.startswith("mail.k.internal has no SPF record")


def test_what_receivers_would_refuse_is_bad_where_mail_reaches_them_and_else_to_be_known(told):
    by_files = SMTP.replace('"smtp"', '"maildir"')

    assert told(SMTP, of(BROKEN))[0].state is State.BAD
    assert told(by_files, of(BROKEN))[0].state is State.DOUBTFUL


def test_without_an_answer_nothing_is_wrong_only_unknown(told):
    (found,) = told(SMTP, silent)

    assert (found.state, found.said.partition(":")[0]) == (State.DOUBTFUL, "DNS did not answer for k.internal")


def test_the_name_of_an_example_is_not_looked_up(told):
    (found,) = told("", silent)

    assert (found.state, found.said.partition(":")[0]) == (State.GOOD, "example.co.jp is reserved for examples")


def test_one_click_needs_a_signature_that_the_doctor_can_look_for(told):
    one_click = '[mail.unsubscribe]\none_click = true\nurl = "https://example.co.jp/stop?m={message}"\n'

    assert "one_click needs a DKIM signature" in told(SMTP + one_click, of(RECORDS))[-1].said
    assert "one_click" not in told(SMTP + 'dkim_selector = "a"\n' + one_click, of(RECORDS))[-1].said
