"""Who reads the desk's letter, and what names that mean harm do to it."""

from __future__ import annotations

import pytest

from tests.end_to_end.desk import CLOSING, TABLE, VERP, digest, latest, to_desk, with_a_desk
from tests.end_to_end.installation import sold, text_of


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, VERP + TABLE)


PARTNER = {"partner_name": "サンプル販売株式会社"}


def test_a_partners_contracts_go_to_the_colleague_who_looks_after_it(kigen):
    kigen.configure(VERP + TABLE + 'by_partner = { "サンプル販売株式会社" = "sato@example.co.jp" }\n')
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING | PARTNER))

    digest(kigen, "2021-11-25")

    assert "K-2" not in latest(kigen)
    (theirs,) = to_desk(kigen, "sato@example.co.jp")
    assert "K-2/1" in text_of(theirs)
    assert "K-1/1" not in text_of(theirs)


def test_the_ledger_names_nobody(kigen):
    kigen.configure(VERP + TABLE + 'by_partner = { "サンプル販売株式会社" = "sato@example.co.jp" }\n')
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING | PARTNER))

    digest(kigen, "2021-11-25")

    assert kigen.ledger("line", kind="operator-digest") == [("desk/partner サンプル販売株式会社",), ("desk/sales",)]


def test_the_letter_goes_to_the_configured_people_in_the_configured_language(kigen):
    kigen.configure(VERP + TABLE + 'recipients = ["a@example.com", "B <b@example.com>"]\nlanguage = "en"\n')
    kigen.bring(sold("K-1", **CLOSING))

    digest(kigen, "2021-11-25")

    assert sorted((mail["Delivered-To"], mail["Subject"]) for mail in kigen.inbox) == [
        ("a@example.com", "[1 to settle] Licence notices, 25 Nov 2021"),
        ("b@example.com", "[1 to settle] Licence notices, 25 Nov 2021"),
    ]


def test_without_anybody_to_tell_the_run_says_so(kigen):
    kigen.configure(VERP + TABLE + '[sender.sales_desk]\nname = "営業窓口"\nemail = ""\n')
    kigen.bring(sold("K-1", **CLOSING))

    assert "nobody to tell" in digest(kigen, "2021-11-25").out
    assert "nobody is told what came back or needs a person" in kigen.ask("doctor").out


HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)>\r\nBcc: spy@example.com\n=HYPERLINK("http://x")'


def test_a_hostile_company_name_is_a_name_and_nothing_else(kigen):
    kigen.bring(sold("K-1", **CLOSING | {"company": HOSTILE, "partner_name": HOSTILE}))

    digest(kigen, "2021-11-25")

    (mail,) = to_desk(kigen)
    html = mail.get_body(("html",)).get_content()
    assert mail["Bcc"] is None
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html
    assert not [line for line in text_of(mail).splitlines() if line.startswith(("Bcc:", "="))]


def test_a_contract_that_is_called_as_the_desk_is_gets_its_notices(kigen):
    kigen.bring(sold("desk"))

    digest(kigen, "2021-09-01", job="all")
    digest(kigen, "2021-11-25", job="all")
    digest(kigen, "2021-11-26", job="all")

    assert [mail["Subject"][:6] for mail in kigen.inbox if mail["Delivered-To"] == "desk@example.co.jp"] != []
    assert len(to_desk(kigen)) == 2
