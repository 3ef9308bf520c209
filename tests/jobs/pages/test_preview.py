"""The folder that `write_gallery` leaves: which files, what they hold, what they replace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest

from jobs.pages.folder import PageError
from jobs.pages.preview import CheckShown, Entry, write_gallery
from tests.jobs.pages.preview_builders import an_entry, chunk, details, files, listing, rows

SHIPPED = {"index.html", "style.css", "gallery.js", "mail.js", "elements.js", "words.js"}
PAGE = SHIPPED | {"data/entries.js"}


def write(folder: Path, *entries: Entry) -> Path:
    return write_gallery(folder, iter(entries), title="Preview", made_for="2021-09-01")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def page_tags() -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed((resources.files("jobs.pages") / "files" / "preview" / "index.html").read_text("utf-8"))
    return parser.seen


# ---- The files


def test_the_path_of_the_page_is_returned_and_its_files_stand_beside_it(tmp_path):
    page = write(tmp_path / "new" / "preview", an_entry())

    assert page == tmp_path / "new" / "preview" / "index.html"
    assert files(page.parent) == PAGE | {"data/mails-0001.js"}


def test_no_file_name_comes_from_the_data(tmp_path):
    write(tmp_path / "preview", an_entry(contract="../../escaped", company="/etc/passwd", kind="..\\x", line="\0"))

    assert files(tmp_path) == {f"preview/{name}" for name in PAGE | {"data/mails-0001.js"}}


def test_a_preview_of_nothing_is_a_page_with_an_empty_list(tmp_path):
    write(tmp_path / "preview")

    assert files(tmp_path / "preview") == PAGE
    assert (listing(tmp_path / "preview")["rows"], listing(tmp_path / "preview")["chunks"]) == ([], [])


def test_the_same_entries_give_the_same_bytes(tmp_path):
    entry = an_entry()
    for name in ("one", "other"):
        write(tmp_path / name, entry)

    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "data").iterdir()} for name in ("one", "other")
    )
    assert one == other


# ---- The list and what is shown of one entry


def test_the_list_says_what_the_filters_and_the_search_need(tmp_path):
    write(tmp_path / "preview", an_entry(partner="株式会社パートナー例", cc=("partner@example.com",)))

    assert listing(tmp_path / "preview")["title"] == "Preview"
    assert listing(tmp_path / "preview")["madeFor"] == "2021-09-01"
    assert rows(tmp_path / "preview") == [
        {
            "day": "2021-09-01",
            "kind": "renewal-notice",
            "contract": "K-0001",
            "line": "1",
            "occasion": "2022-01/4m",
            "company": "株式会社みほん商事",
            "partner": "株式会社パートナー例",
            "action": "send",
            "reason": "due",
            "subject": "【更新のご案内】株式会社みほん商事 12月2日まで",
            "people": "owner@example.co.jp, partner@example.com",
        }
    ]


def test_why_is_told_with_each_check_its_rule_and_its_outcome(tmp_path):
    checks = (
        CheckShown("N1", "No continuation is ordered", passed=False),
        CheckShown("B4", "Storage", passed=None),
        CheckShown("", "The ledger has none", passed=True),
    )
    write(tmp_path / "preview", an_entry(checks=checks))

    (shown,) = details(tmp_path / "preview")
    assert shown["checks"] == [
        ["N1", "No continuation is ordered", False],
        ["B4", "Storage", None],
        ["", "The ledger has none", True],
    ]
    assert (shown["dueOn"], shown["notAfter"]) == ("2021-09-01", "2021-12-02")


def test_a_held_entry_without_words_is_listed_and_explained(tmp_path):
    write(
        tmp_path / "preview",
        an_entry(action="hold", reason="owner-missing", to=(), raw=None, due_on=None, not_after=None),
    )

    (row,) = rows(tmp_path / "preview")
    (shown,) = details(tmp_path / "preview")
    assert (row["action"], row["reason"], row["subject"]) == ("hold", "owner-missing", "")
    assert (shown["mail"], shown["to"], shown["dueOn"], shown["notAfter"]) == (None, [], None, None)
    assert shown["checks"]


# ---- Hostile data


HOSTILE = "</script><script>alert(1)</script><!-- \u2028\u2029 ]]> \" ' \\ \u202e\0 & =?utf-8?q?x?="


def test_hostile_names_come_back_exactly_and_cannot_end_the_script(tmp_path):
    check = CheckShown(HOSTILE, HOSTILE, passed=True)
    write_gallery(
        tmp_path / "preview",
        [an_entry(company=HOSTILE, partner=HOSTILE, contract=HOSTILE, checks=(check,), to=(HOSTILE,))],
        title=HOSTILE,
        made_for=HOSTILE,
    )

    for path in (tmp_path / "preview" / "data").iterdir():
        assert not re.search("[<>&\u2028\u2029]", path.read_text("utf-8")), path.name
    (row,), (shown,) = rows(tmp_path / "preview"), details(tmp_path / "preview")
    assert (row["company"], row["partner"], row["contract"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert (shown["checks"], shown["to"]) == ([[HOSTILE, HOSTILE, True]], [HOSTILE])
    assert listing(tmp_path / "preview")["title"] == HOSTILE


def test_the_page_itself_holds_nothing_of_the_data(tmp_path):
    write_gallery(tmp_path / "preview", [an_entry(company=HOSTILE)], title=HOSTILE, made_for=HOSTILE)

    shipped = resources.files("jobs.pages") / "files" / "preview"
    for name in SHIPPED:
        assert (tmp_path / "preview" / name).read_bytes() == (shipped / name).read_bytes()


def test_the_page_names_no_outside_address_and_its_policy_allows_none():
    tags = page_tags()
    policy = next(attrs["content"] for tag, attrs in tags if attrs.get("http-equiv") == "Content-Security-Policy")
    used = [attrs.get("src") or attrs["href"] for tag, attrs in tags if tag in {"script", "link", "img", "iframe"}]

    assert used == ["data:,", "style.css", "words.js", "elements.js", "mail.js", "gallery.js", "data/entries.js"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "http" not in policy
    assert "*" not in policy


def test_the_scripts_put_data_in_as_text_and_mails_into_a_frame_without_rights():
    page = resources.files("jobs.pages") / "files" / "preview"
    script = "".join((page / name).read_text("utf-8") for name in SHIPPED if name.endswith(".js"))

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|https?:", script
    )
    assert 'setAttribute("sandbox", "")' in script


# ---- Many


def many(count: int) -> Iterator[Entry]:
    skipped = an_entry(action="skip", reason="continued", raw=None)
    sent = an_entry()
    for number in range(count):
        if number % 100 == 0:
            yield sent
        else:
            yield skipped


def test_ten_thousand_entries_are_written_in_bounded_pieces(tmp_path):
    write(tmp_path / "preview", *many(10_000))

    found = listing(tmp_path / "preview")
    pieces = sorted((tmp_path / "preview" / "data").glob("mails-*.js"))
    assert len(found["rows"]) == sum(size for size, _ in found["chunks"]) == 10_000
    assert [path.name for path in pieces] == [f"mails-{number:04d}.js" for number in range(1, 201)]
    assert max(path.stat().st_size for path in pieces) < 200_000


def test_large_mails_make_pieces_of_fewer_entries(tmp_path):
    large = an_entry(raw=b"Subject: large\r\n\r\n" + b"x" * 400_000)
    write(tmp_path / "preview", large, large, large)

    assert [size for size, _ in listing(tmp_path / "preview")["chunks"]] == [1, 1, 1]


def test_the_list_names_each_piece_by_its_digest_so_that_an_old_page_notices(tmp_path):
    write(tmp_path / "preview", *many(120))

    pieces = sorted((tmp_path / "preview" / "data").glob("mails-*.js"))
    told = listing(tmp_path / "preview")["chunks"]
    assert told == [[len(entries), digest] for digest, entries in map(chunk, pieces)]
    assert [size for size, _ in told] == [50, 50, 20]


def test_entries_are_taken_one_by_one(tmp_path):
    seen_on_disk = []

    def counted() -> Iterator[Entry]:
        for number in range(150):
            seen_on_disk.append(len(list(tmp_path.rglob("mails-*.js"))))
            yield an_entry(day=date(2021, 9, 1) + timedelta(days=number), raw=None)

    write_gallery(tmp_path / "preview", counted(), title="Preview", made_for="")

    assert seen_on_disk[-1] == 2


# ---- What stands there already


def test_an_empty_folder_is_used(tmp_path):
    assert write(tmp_path, an_entry()).is_file()


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "contracts.xlsx").write_bytes(b"theirs")

    with pytest.raises(PageError, match="holds other files"):
        write(tmp_path, an_entry())

    assert files(tmp_path) == {"contracts.xlsx"}


def test_a_web_page_that_is_not_ours_is_refused(tmp_path):
    (tmp_path / "index.html").write_text("<title>Our company</title>")
    (tmp_path / "gallery.js").write_text("// their kigen gallery")

    with pytest.raises(PageError, match="holds other files"):
        write(tmp_path, an_entry())

    assert (tmp_path / "index.html").read_text() == "<title>Our company</title>"


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "preview").write_text("theirs")

    with pytest.raises(PageError, match="found a file"):
        write(tmp_path / "preview", an_entry())


def test_a_folder_of_data_that_leads_elsewhere_is_refused(tmp_path):
    write(tmp_path / "preview")
    (tmp_path / "preview" / "data").rename(tmp_path / "elsewhere")
    (tmp_path / "preview" / "data").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PageError, match="found something else"):
        write(tmp_path / "preview", an_entry())


def test_an_earlier_preview_is_replaced_and_only_its_own_files_are(tmp_path):
    write(tmp_path, *many(120))
    (tmp_path / "notes.txt").write_text("theirs")
    (tmp_path / "data" / "mails-of-mine.js").write_text("theirs")

    write(tmp_path, an_entry(contract="K-0002"))

    assert files(tmp_path) == PAGE | {"data/mails-0001.js", "data/mails-of-mine.js", "notes.txt"}
    assert [row["contract"] for row in rows(tmp_path)] == ["K-0002"]


def failing() -> Iterator[Entry]:
    yield from many(120)
    raise RuntimeError("the database went away")


def test_a_writing_that_fails_leaves_the_earlier_preview_whole(tmp_path):
    write(tmp_path, an_entry())
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}

    with pytest.raises(RuntimeError, match="went away"):
        write_gallery(tmp_path, failing(), title="Preview", made_for="")

    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_first_writing_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="went away"):
        write_gallery(tmp_path / "preview", failing(), title="Preview", made_for="")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "there", [[".gallery-unfinished/data/mails-0001.js"], ["gallery.js", "style.css", "data/mails-0001.js"]]
)
def test_what_a_killed_writing_left_is_taken_over(tmp_path, there):
    write(tmp_path / "whole", an_entry())
    for name in there:
        source = tmp_path / "whole" / name.removeprefix(".gallery-unfinished/")
        (tmp_path / "preview" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "preview" / name).write_bytes(source.read_bytes())

    write(tmp_path / "preview", an_entry())

    assert files(tmp_path / "preview") == PAGE | {"data/mails-0001.js"}


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(PageError, match=r"file/preview: the preview cannot be written here"):
        write(tmp_path / "file" / "preview", an_entry())
