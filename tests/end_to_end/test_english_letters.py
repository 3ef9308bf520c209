"""English letters are English: nothing Japanese in them but what the book itself has."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.end_to_end.installation import Installation, sold

JAPANESE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
OWNER = {"company": "Mihon Trading Co., Ltd.", "owner_name": "Hanako Mihon", "partner_name": "", "language": "en"}


def readable(mail):
    """All that a reader sees of a mail: who it comes from, what it is about, its parts."""
    yield mail["From"]
    yield mail["Subject"]
    yield from (part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")


CONTINUED = [
    {"seats": "49"},
    {
        "line": "2", "order": "continuation", "seats": "30", "term_start": "2022-02-01",
        "ordered_on": "2021-10-01", "opened_on": "2021-11-01",
    },
]  # fmt: skip


@pytest.mark.parametrize(
    ("job", "day", "rows"),
    [
        ("renewal-notice", date(2021, 9, 1), [{}]),
        ("service-start", date(2021, 1, 25), [{}]),
        ("license-release", date(2021, 12, 28), CONTINUED),
        ("extension-confirmation", date(2021, 11, 2), CONTINUED),
    ],
)
def test_nothing_in_an_english_letter_is_japanese(tmp_path, job, day, rows):
    kigen = Installation(tmp_path)
    kigen.bring(*(sold("K-1", **OWNER, **row) for row in rows))
    kigen.run(job, day)
    kigen.run("deliver", day)

    (mail,) = kigen.inbox
    assert [found.group() for text in readable(mail) if (found := JAPANESE.search(text))] == []
