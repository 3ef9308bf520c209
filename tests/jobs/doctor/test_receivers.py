"""What SPF, DKIM and DMARC records tell a receiver: texts in, remarks out."""

from __future__ import annotations

from base64 import b64encode

import pytest

from jobs.doctor.examination import State
from jobs.doctor.receivers import (
    SpfBroken,
    dkim_remarks,
    dmarc_of,
    dmarc_remarks,
    names_up_from,
    organisation_of,
    remarks,
    spf_of,
    spf_remarks,
)
from jobs.language.messages import LANGUAGES, Messages, sentences

DOMAIN = "example.co.jp"
RELAY = "relay.example.com"
KEY = b64encode(bytes(294)).decode()  # as long as 2048 bits are
FINE = {
    DOMAIN: ["v=spf1 include:relay.example.com ~all", "another-service=1234"],
    RELAY: ["v=spf1 ip4:192.0.2.0/24 -all"],
    f"_dmarc.{DOMAIN}": [f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{DOMAIN}"],
    f"mail2026._domainkey.{DOMAIN}": [f"v=DKIM1; k=rsa; p={KEY}"],
}


def dns(*changes):
    """The records of a name: those that are fine, with these changes."""
    records = dict(FINE)
    for change in changes:
        records |= change
    return lambda name: records.get(name, [])


def codes(found):
    return [each.code for each in found]


def includes(count):
    """A record that includes so many others, each of which names a network."""
    others = {f"{number}.example.com": ["v=spf1 ip4:192.0.2.1 -all"] for number in range(count)}
    return {DOMAIN: [f"v=spf1 {' '.join(f'include:{name}' for name in others)} -all"]} | others


def spf(text, **more):
    return codes(spf_remarks(DOMAIN, dns({DOMAIN: [text]}, more)))


def dmarc(text):
    return codes(dmarc_remarks(DOMAIN, dns({f"_dmarc.{DOMAIN}": [text]})))


def dkim(text):
    return codes(dkim_remarks(DOMAIN, "mail2026", dns({f"mail2026._domainkey.{DOMAIN}": [text]})))


# The whole


def test_a_domain_that_has_all_is_told_what_it_has():
    found = list(remarks(DOMAIN, DOMAIN, "mail2026", dns()))

    assert codes(found) == ["spf-found", "dmarc-protects", "dkim-found", "as-asked"]
    assert {each.state for each in found} == {State.GOOD}


def test_a_domain_without_any_record_lacks_all_three():
    found = list(remarks(DOMAIN, DOMAIN, "", lambda _: []))

    assert codes(found) == ["spf-missing", "dmarc-missing", "dkim-not-looked-up", "not-for-many"]
    assert found[-1].values["missing"] == ["SPF", "DMARC"]
    assert {each.state for each in found} == {State.DOUBTFUL}


def test_where_neither_spf_nor_dkim_speaks_for_it_mail_is_refused():
    found = list(remarks(DOMAIN, DOMAIN, "mail2026", lambda _: []))

    assert (found[-1].code, found[-1].state) == ("nothing-passes", State.BAD)


def test_a_selector_that_nobody_named_is_not_held_against_the_domain():
    assert codes(remarks(DOMAIN, DOMAIN, "", dns())) == ["spf-found", "dmarc-protects", "dkim-not-looked-up"]


@pytest.mark.parametrize(
    ("return_domain", "more", "is_aligned"),
    [
        (f"bounces.{DOMAIN}", {}, True),
        (RELAY, {}, False),
        (f"bounces.{DOMAIN}", {f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none; rua=x; aspf=s"]}, False),
        (DOMAIN, {f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none; rua=x; aspf=s"]}, True),
        (RELAY, {f"_dmarc.{DOMAIN}": []}, True),  # nobody asks
    ],
)
def test_spf_speaks_for_the_sender_where_the_return_path_is_the_same_organisation_s(return_domain, more, is_aligned):
    """RFC 7489 3.1.2."""
    own = {f"bounces.{DOMAIN}": FINE[DOMAIN]}

    assert ("spf-not-aligned" not in codes(remarks(DOMAIN, return_domain, "", dns(own, more)))) is is_aligned


def test_without_a_key_a_return_path_of_another_organisation_leaves_nothing_that_passes():
    no_key = {f"mail2026._domainkey.{DOMAIN}": []}

    assert codes(remarks(DOMAIN, RELAY, "mail2026", dns(no_key)))[-1] == "nothing-passes"


# SPF


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("v=spf1 a mx -all", "spf-found"),
        ("V=SPF1 A -ALL", "spf-found"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "spf-found"),
        ("v=spf1 include:%{d}.example.com -all", "spf-found"),
        ("v=spf1 redirect=relay.example.com", "spf-found"),
        ("v=spf1 a", "spf-open-end"),
        ("v=spf1 a ?all", "spf-open-end"),
        ("v=spf1 +all", "spf-everybody"),
        ("v=spf1 a all", "spf-everybody"),
        ("v=spf1 -all", "spf-nobody"),
        ("v=spf1 -a -all", "spf-nobody"),
        ("v=spf1 ip4:300.0.2.1 -all", "spf-unknown-term"),
        ("v=spf1 ipv4:192.0.2.1 -all", "spf-unknown-term"),
        ("v=spf1 include: -all", "spf-unknown-term"),
        ("v=spf1 include:nobody.example.com -all", "spf-nothing-there"),
        ("v=spf1 redirect=nobody.example.com", "spf-nothing-there"),
        (f"v=spf1 include:{DOMAIN} -all", "spf-too-many-lookups"),
        ("v=spf10 a -all", "spf-missing"),
        ("spf1 a -all", "spf-missing"),
    ],
)
def test_an_spf_record_is_judged(text, told):
    assert spf(text) == [told]


def test_several_records_are_as_good_as_a_broken_one():
    """RFC 7208 4.5."""
    found = list(spf_remarks(DOMAIN, dns({DOMAIN: ["v=spf1 a -all", "v=spf1 mx -all"]})))

    assert [(each.code, each.state) for each in found] == [("spf-several", State.BAD)]


def test_several_records_of_one_that_is_included_are_named_where_they_stand():
    (found,) = spf_remarks(DOMAIN, dns({RELAY: ["v=spf1 a -all", "v=spf1 mx -all"]}))

    assert (found.code, found.values) == ("spf-several", {"at": RELAY, "domain": DOMAIN})


@pytest.mark.parametrize(("count", "told"), [(10, "spf-found"), (11, "spf-too-many-lookups")])
def test_more_than_ten_lookups_are_too_many(count, told):
    """RFC 7208 4.6.4."""
    assert codes(spf_remarks(DOMAIN, dns(includes(count)))) == [told]


def test_what_is_included_spends_lookups_too_and_networks_do_not():
    records = {
        DOMAIN: ["v=spf1 ip4:192.0.2.1 a include:relay.example.com -all"],
        RELAY: ["v=spf1 mx exists:%{i}.example.com ip6:2001:db8::1 -all"],
    }

    assert spf_of(DOMAIN, dns(records)).lookups == 4


def test_a_redirect_is_passed_over_where_there_is_an_all():
    """RFC 7208 6.1."""
    found = spf_of(DOMAIN, dns({DOMAIN: ["v=spf1 redirect=relay.example.com a ~all"]}))

    assert (found.ending, found.lookups) == ("~", 1)


def test_the_all_of_a_record_that_is_included_says_nothing_of_ours():
    """RFC 7208 5.2."""
    assert spf("v=spf1 include:relay.example.com") == ["spf-open-end"]


def test_ptr_is_named_beside_the_rest():
    assert spf("v=spf1 ptr -all") == ["spf-ptr", "spf-found"]


def test_a_circle_of_includes_ends():
    with pytest.raises(SpfBroken):
        spf_of(DOMAIN, dns({RELAY: [f"v=spf1 include:{DOMAIN} -all"]}))


# DMARC


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@example.co.jp", ["dmarc-watches"]),
        ("v=DMARC1;p=reject;rua=mailto:a@example.co.jp", ["dmarc-protects"]),
        ("v = DMARC1 ; P = Quarantine ; rua=mailto:a@example.co.jp", ["dmarc-protects"]),
        ("v=DMARC1; p=none", ["dmarc-watches", "dmarc-no-reports"]),
        ("v=DMARC1; p=monitor; rua=mailto:a@example.co.jp", ["dmarc-no-policy"]),
        ("v=DMARC1; rua=mailto:a@example.co.jp", ["dmarc-no-policy"]),
        ("v=DMARC2; p=none", ["dmarc-missing"]),
        ("p=none; v=DMARC1", ["dmarc-missing"]),
    ],
)
def test_a_dmarc_record_is_judged(text, told):
    assert dmarc(text) == told


def test_several_dmarc_records_are_as_good_as_none():
    """RFC 7489 6.6.3."""
    records = {f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}

    assert codes(dmarc_remarks(DOMAIN, dns(records))) == ["dmarc-several"]


@pytest.mark.parametrize(
    ("text", "policy"), [("v=DMARC1; p=reject", "reject"), ("v=DMARC1; p=reject; sp=none", "none")]
)
def test_a_domain_without_a_record_goes_by_the_one_above_it_and_what_that_says_of_subdomains(text, policy):
    """RFC 7489 6.6.3."""
    found = dmarc_of(f"mail.tokyo.{DOMAIN}", dns({f"_dmarc.{DOMAIN}": [text]}))

    assert found is not None
    assert (found.domain, found.policy) == (DOMAIN, policy)


def test_the_way_up_of_a_long_name_takes_eight_steps_at_most():
    """DMARCbis 4.10."""
    names = list(names_up_from("a.b.c.d.e.f.g.h.example.com"))

    assert names[:3] == ["a.b.c.d.e.f.g.h.example.com", "d.e.f.g.h.example.com", "e.f.g.h.example.com"]
    assert (len(names), names[-1]) == (8, "com")


@pytest.mark.parametrize(
    ("records", "organisation"),
    [
        ({}, "mail.example.co.jp"),
        ({"_dmarc.example.co.jp": ["v=DMARC1; p=none"]}, "example.co.jp"),
        (
            {"_dmarc.mail.example.co.jp": ["v=DMARC1; p=none"], "_dmarc.example.co.jp": ["v=DMARC1; p=none"]},
            "example.co.jp",
        ),
        ({"_dmarc.co.jp": ["v=DMARC1; p=none; psd=y"]}, "example.co.jp"),
        (
            {
                "_dmarc.mail.example.co.jp": ["v=DMARC1; p=none; psd=n"],
                "_dmarc.example.co.jp": ["v=DMARC1; p=none"],
            },
            "mail.example.co.jp",
        ),
    ],
)
def test_an_organisation_is_the_highest_name_that_has_a_record(records, organisation):
    """DMARCbis 4.10.2."""
    assert organisation_of("mail.example.co.jp", lambda name: records.get(name, [])) == organisation


# DKIM


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"v=DKIM1; k=rsa; p={KEY}", "dkim-found"),
        (f"p={KEY[:100]} {KEY[100:]}", "dkim-found"),
        (f"v=DKIM1; k=ed25519; p={b64encode(bytes(32)).decode()}", "dkim-found"),
        (f"v=DKIM1; p={b64encode(bytes(162)).decode()}", "dkim-short-key"),
        (f"v=DKIM1; p={b64encode(bytes(94)).decode()}", "dkim-weak-key"),
        (f"v=DKIM1; t=y:s; p={KEY}", "dkim-testing"),
        ("v=DKIM1; p=", "dkim-revoked"),
        ("v=DKIM1; p=MIIB*", "dkim-unreadable"),
        ("v=DKIM1; k=rsa", "dkim-missing"),
    ],
)
def test_a_key_is_judged(text, told):
    assert dkim(text) == [told]


def test_a_key_of_the_organisation_signs_for_its_subdomains():
    found = list(dkim_remarks(f"mail.{DOMAIN}", "mail2026", dns()))

    assert [(each.code, each.values) for each in found] == [("dkim-found", {"at": f"mail2026._domainkey.{DOMAIN}"})]


def test_a_key_of_the_organisation_does_not_where_dmarc_asks_for_the_very_domain():
    """RFC 7489 3.1.1."""
    strict = {f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none; rua=x; adkim=s"]}

    assert codes(dkim_remarks(f"mail.{DOMAIN}", "mail2026", dns(strict))) == ["dkim-missing"]


# What is said


def every_remark():
    """One of each code."""
    worlds = [
        ({}, DOMAIN, "mail2026"),
        ({DOMAIN: []}, DOMAIN, "mail2026"),
        ({f"_dmarc.{DOMAIN}": []}, DOMAIN, ""),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none"]}, RELAY, ""),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1; p=x"]}, DOMAIN, ""),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1", "v=DMARC1"]}, DOMAIN, ""),
        ({DOMAIN: [], f"mail2026._domainkey.{DOMAIN}": []}, DOMAIN, "mail2026"),
        *(({DOMAIN: texts}, DOMAIN, "") for texts in (
            ["v=spf1 ptr"], ["v=spf1 +all"], ["v=spf1 -all"], ["v=spf1 x"], ["v=spf1 include:x.example.com"],
            ["v=spf1 a", "v=spf1 mx"], [f"v=spf1 include:{DOMAIN}"],
        )),
        *(({f"mail2026._domainkey.{DOMAIN}": [text]}, DOMAIN, "mail2026") for text in (
            "p=", "p=*", f"p={b64encode(bytes(94)).decode()}", f"p={b64encode(bytes(162)).decode()}", f"t=y; p={KEY}",
        )),
    ]  # fmt: skip
    for records, return_domain, selector in worlds:
        yield from remarks(DOMAIN, return_domain, selector, dns(records))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_remark_is_said_with_what_to_do_about_it(language):
    messages = Messages(language)

    for remark in every_remark():
        assert messages.say(f"receiver.{remark.code}", **remark.values)
        assert remark.state is State.GOOD or messages.say(f"receiver.{remark.code}.do", **remark.values)


def test_no_sentence_is_kept_that_no_remark_says():
    said = {f"receiver.{remark.code}{end}" for remark in every_remark() for end in ("", ".do")}
    of_the_check = {f"receiver.{code}" for code in (
        "reserved", "silent", "silent.do", "one-click-unsigned", "one-click-unsigned.do",
    )}  # fmt: skip

    assert {code for code in sentences("en") if code.startswith("receiver.")} - said == of_the_check
