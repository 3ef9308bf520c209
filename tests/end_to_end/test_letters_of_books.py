"""What an owner reads in each situation that the guide knows: books through the command line, words in both languages.

Each situation names its rule and clause; `says` is what has to stand in the letters of that day, `never` what must not.
Words are read with line breaks and spaces taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest

from tests.end_to_end.installation import kind_of, sold

YEAR = "2026-01-01 12 2025-12-10 2025-12-15"
NEXT = "2027-01-01 12 2026-08-10 2026-08-20"
EXTENSION, RELEASE, RENEWAL, START = "extension-confirmation", "license-release", "renewal-notice", "service-start"
NAMES = ("menu", "order", "seats", "term_start", "months", "ordered_on", "opened_on")
GROUPED = "".join(f'[jobs.{job}]\ngroup_by = "contract"\n' for job in (EXTENSION, RELEASE, START))


@dataclass(frozen=True, slots=True)
class Situation:
    """A book, a job and its day; by language what its letters say, and what they must not say."""

    rule: str
    rows: tuple[str, ...]
    job: str
    day: str
    ja: tuple[str, ...]
    en: tuple[str, ...]
    never_ja: tuple[str, ...] = ()
    never_en: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)  # further columns of line 2

    def book(self, language: str) -> list[dict[str, Any]]:
        """Its rows as the book has them."""
        return [
            sold(
                "K-1", line=str(number), language=language, **dict(zip(NAMES, (*row.split(), "", "")[:7], strict=True))
            )
            | (self.facts if number == 2 else {})
            for number, row in enumerate(self.rows, start=1)
        ]


SITUATIONS = {
    "01 a cut and an addition": Situation(
        "N4, N6: G2(3)",
        (
            f"business new 20 {YEAR}", f"webinar new 1 {YEAR}",
            f"business continuation 10 {NEXT}", f"webinar continuation 11 {NEXT}",
        ),
        EXTENSION, "2026-08-20",
        ja=(
            "2026年12月31日（木）までに、削減となる次の割り当てを、管理サイトで解除してください。",
            "・ZoomWorkplaceビジネス：10ライセンス分", "・Zoomウェビナー：10ライセンス",
            "今回あわせて承った削減の処理が済んでから",
        ),
        en=(
            "Please release these licences in the administration site by Thursday, 31 December 2026:",
            "10 licences of Zoom Workplace Business", "10 licences of Zoom Webinars",
            "Once the reduction that is part of this renewal has been processed",
        ),
        never_ja=("作業はございません", "21ライセンス", "2027年1月1日（金）から、管理サイトで"),
        never_en=("No action is needed", "21 licences", "From Friday, 1 January 2027 you can assign"),
    ),
    "02 two families are cut": Situation(
        "N5: G2(3)",
        (
            f"business new 49 {YEAR}", f"webinar new 3 {YEAR}",
            f"business continuation 30 {NEXT}", f"webinar continuation 1 {NEXT}",
        ),
        RELEASE, "2026-12-01",
        ja=("ZoomWorkplaceビジネス：19ライセンス分の割り当てを解除", "Zoomウェビナー：2ライセンス分の割り当てを解除"),
        en=("Zoom Workplace Business: please release 19 licences", "Zoom Webinars: please release 2 licences"),
        never_ja=("21ライセンス",),
        never_en=("21 licences",),
    ),
    "03 a fall below the minimum": Situation(
        "N7: D(13)",
        (
            f"webinar new 1 {YEAR}", f"enterprise-essentials new 60 {YEAR}",
            f"webinar continuation 1 {NEXT}", f"enterprise-essentials continuation 45 {NEXT}",
        ),
        EXTENSION, "2026-08-20",
        ja=("延長後は45ライセンスとなり、この数を下回るため「ZoomWorkplaceビジネス」でのご提供に変わります",),
        en=("your contract has 45 licences, which is below that, so the service will be provided as Zoom Workplace ",),
        never_ja=("割り当て解除とサービス延長のお知らせ（Zoomウェビナー",),
        never_en=("release licences, extension confirmed (Zoom Webinars",),
    ),
    "07 a step of storage": Situation(
        "B5: D(13) ①",
        (
            f"business new 20 {YEAR}", f"storage-200gb new 1 {YEAR}",
            f"business continuation 20 {NEXT}", "storage-1tb continuation 1 2027-01-01 12 2026-07-20 2026-07-25",
        ),
        EXTENSION, "2026-07-25",
        ja=("変更前：Zoomクラウド録画容量拡張200GB変更後：Zoomクラウド録画容量拡張1TB",),
        en=("Before: Zoom Cloud Recording Storage 200GB After: Zoom Cloud Recording Storage 1TB",),
        never_ja=("0ライセンス", "1ライセンス"),
        never_en=("0 licences", "1 licence"),
    ),
    "07 a step down": Situation(
        "L3, B5: D(13)",
        (f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"storage-200gb continuation 1 {NEXT}"),
        EXTENSION, "2026-08-20",
        ja=("変更後の容量（基本ライセンスに含まれる容量を含みます）を超える録画データは、2026年12月31日（木）までに削除または移動",),
        en=("Please delete or move recordings beyond the capacity you will then have",),
        never_ja=("作業はございません",),
        never_en=("No action is needed",),
    ),
    "08 tickets end with their base": Situation(
        "T6: D(13)",
        (f"business new 20 {YEAR}", "events-per-attendee addition 600 2026-07-01 12 2026-06-10 2026-06-25"),
        RELEASE, "2026-12-01",
        ja=("2026年12月31日（木）をもって終了し、未使用のチケットは失効します", "600枚のうち残っているもの"),
        en=("ends on Thursday, 31 December 2026, and unused tickets lapse", "what is left of the 600 tickets lapses"),
        never_ja=("購入申込書", "600ライセンス"),
        never_en=("order form", "600 licences"),
    ),
    "08 before it the owner knows": Situation(
        "T6: D(13)",
        (f"business new 20 {YEAR}", "events-per-attendee addition 600 2026-07-01 12 2026-06-10 2026-06-25"),
        RENEWAL, "2026-08-03",
        ja=("600枚のうち残っているもの）は、基本ライセンスの終了とともに2026年12月31日（木）をもって失効します",),
        en=("Zoom Events/Webinar Plus (Pay Per Attendee) lapses with the base licence on Thursday, 31 Dec",),
    ),
    "09 tickets that are not renewed": Situation(
        "T6, N5: D(13)",
        (f"business new 20 {YEAR}", f"events-per-attendee new 600 {YEAR}", f"business continuation 20 {NEXT}"),
        RELEASE, "2026-12-01",
        ja=("未使用チケット失効のお知らせ（600枚・12月31日）",),
        en=("Unused tickets lapse on 31 Dec 2026",),
        never_ja=("解除", "600ライセンス"),
        never_en=("release", "600 licences"),
    ),
    "10 storage that is dropped": Situation(
        "N5, B4: D(13)",
        (f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"business continuation 20 {NEXT}"),
        RELEASE, "2026-12-01",
        ja=("変更後の容量（基本ライセンスに含まれる容量を含みます）を超える録画データを、削除または移動してください",),
        en=("delete or move recordings beyond the capacity you will then have, that of your base licences included",),
        never_ja=("割り当て", "請求"),
        never_en=("assigned", "bill"),
        facts={"declined_on": "2026-09-01"},
    ),
    "11 an upgrade in mid-term": Situation(
        "T8: G2②",
        ("business new 49 2026-02-01 6 2026-01-10 2026-01-15",
         "enterprise-essentials addition 59 2026-08-01 6 2026-04-01 2026-07-25"),
        START, "2026-07-25",
        ja=(
            ("このご契約は、次のライセンスに代わるものです。変更前：ZoomWorkplaceビジネス49ライセンス"
            "変更後：ZoomWorkplaceエンタープライズEssentials59ライセンス"),
        ),
        en=(
            ("It takes the place of these licences: Before: Zoom Workplace Business, 49 licences "
            "After: Zoom Workplace Enterprise Essentials, 59 licences"),
        ),
        never_ja=("108ライセンス",),
        never_en=("108 licences",),
    ),
    "12 the closing day is closed": Situation(
        "B1: G2③, D(12)",
        ("business new 20 2026-03-01 12 2026-02-10 2026-02-15",),
        RENEWAL, "2026-10-01",
        ja=(
            "【要手続・2026/12/30必着（休業日のため12/28まで）】",
            "当日は休業日です。2026年12月28日（月）17時までに届くようご提出ください",
            "当日は休業日です。2026年12月28日（月）17時までにご提出ください",
        ),
        en=(
            "Action required by 30 Dec 2026 (offices closed, so by 28 Dec 2026)",
            "Our offices are closed on that day: please let it reach us by Monday, 28 December 2026, 17:00",
            "Our offices are closed on it: please send the form by Monday, 28 December 2026",
        ),
    ),
    "13 an item that is sold no more": Situation(
        "L1: D(13)",
        ("enterprise-named-host new 60 2024-03-01 36 2024-02-10 2024-02-15",),
        RENEWAL, "2026-10-01",
        ja=("終了後に、あらためてお申し込みいただくことはできません", "ほかのメニューによる新規のお申し込みとなります"),
        en=("once it has ended, it cannot be ordered again", "later requires a new order of another product"),
    ),
    "14 two lines of one family": Situation(
        "N4: G2③",
        (f"business new 49 {YEAR}", f"business continuation 30 {NEXT}", f"business continuation 10 {NEXT}"),
        EXTENSION, "2026-08-20",
        ja=("変更前：ZoomWorkplaceビジネス49ライセンス変更後：ZoomWorkplaceビジネス40ライセンス", "9ライセンスの削減"),
        en=("Before: Zoom Workplace Business, 49 licences After: Zoom Workplace Business, 40 licences", "reduced by 9"),
        never_ja=("ほか1件",),
        never_en=("1 more",),
    ),
    "15 Pro bought anew": Situation(
        "B3: Art. 8.1",
        ("business new 20 2025-10-01 12 2025-09-10 2025-09-15", "pro new 5 2026-10-01 12 2026-04-10 2026-09-15"),
        START, "2026-09-15",
        ja=("ZoomWorkplaceプロライセンス数：5ライセンス",),
        en=("Zoom Workplace Pro Quantity: 5 licences",),
        never_ja=("代わるもの", "15ライセンス"),
        never_en=("takes the place", "15 licences"),
    ),
    "16 storage runs on": Situation(
        "B4: D(13) ④",
        (f"storage-1tb new 1 {YEAR}", f"business new 20 {YEAR}", f"business continuation 20 {NEXT}"),
        RENEWAL, "2026-08-11",
        ja=(
            ("株式会社サンプル販売です。クラウド録画容量拡張は、終了または容量の変更をご希望の場合も、2026年11月1日（日）までに"
            "ご連絡が必要です。ご連絡がない場合は1年間の自動継続となります。"),
            "対象：Zoomクラウド録画容量拡張1TB契約終了予定日",
        ),
        en=(
            ("If you wish to end cloud recording storage or change its capacity, we need to hear from you by Sunday, "
            "1 November 2026. If we do not, it continues automatically for one year."),
            "Licences: Zoom Cloud Recording Storage 1TB The term ends",
        ),
        never_ja=("ライセンスは2026年12月31日（木）をもって終了し",),
        never_en=("The licences end on Thursday, 31 December 2026",),
    ),
    "16 storage beside what does not run on": Situation(
        "B4, B2: D(13) ④",
        (f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"webinar new 1 {YEAR}"),
        RENEWAL, "2026-08-11",
        ja=("ご連絡がない場合は1年間の自動継続となります。", "購入申込書をご提出ください"),
        en=("If we do not, it continues automatically for one year.", "please send in an order form"),
        never_ja=("クラウド録画容量拡張を除き", "自動継続となります。下記ライセンスの"),
        never_en=("Except for cloud", "for one year. The term of the licences below"),
    ),
    "17 an option before its base": Situation(
        "T7, T1: Annex 1",
        ("pro new 3 2027-01-07 12 2026-12-10 2026-12-15", "rooms new 1 2027-01-01 12 2026-12-10 2026-12-15"),
        START, "2026-12-15",
        ja=(
            "【2027/1/7開始】Zoomサービス開始のお知らせ（ZoomRooms）",
            "サービス開始日2027年1月7日（木）",
            "オプションライセンスは、基本ライセンスのサービス開始日（2027年1月7日（木））からご利用いただけます",
            "DTSTART;VALUE=DATE:20270107",
        ),
        en=(
            "Starts 7 Jan 2027: your Zoom service (Zoom Rooms)",
            "Service start date Thursday, 7 January 2027",
            "Option licences can be used once the base licence starts, on Thursday, 7 January 2027",
            "DTSTART;VALUE=DATE:20270107",
        ),
        never_ja=("2027/1/1開始", "サービス開始日2027年1月1日", "DATE:20270101"),
        never_en=("1 Jan 2027", "start date Friday, 1 January", "DATE:20270101"),
    ),
    "18 what fewer than the minimum does": Situation(
        "N7, L1: D(13)",
        (f"enterprise-essentials new 60 {YEAR}",),
        RENEWAL, "2026-08-03",
        ja=("この数を下回って継続される場合は、「ZoomWorkplaceビジネス」でのご提供に変わります",),
        en=("requires at least 50 licences. If you continue with fewer, the service will be provided as ",),
    ),
}  # fmt: skip


def squeezed(text: str, language: str) -> str:
    """The text on one line; Japanese without spaces and the marks of what is strong."""
    return re.sub(r"\s+", "" if language == "ja" else " ", text)


def read(mail: EmailMessage) -> str:
    """All that an owner reads of a mail: subject, text, and the calendar entry."""
    body = mail.get_body(("plain",))
    assert body is not None
    entries = [each.get_content() for each in mail.iter_attachments() if each.get_content_type() == "text/calendar"]
    unfolded = [
        re.sub(r"\r?\n ", "", entry).replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";") for entry in entries
    ]
    return "\n".join([mail["Subject"], body.get_content(), *unfolded])


@pytest.mark.parametrize("rules", ["", GROUPED], ids=["by line", "grouped"])
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    "situation", SITUATIONS.values(), ids=[f"{name} ({each.rule})" for name, each in SITUATIONS.items()]
)
def test_the_owner_reads_what_is_true(kigen, situation, language, rules):
    kigen.configure(rules)
    kigen.bring(*situation.book(language))

    kigen.run(situation.job, situation.day)

    letters = "\n".join(squeezed(read(mail), language) for mail in kigen.inbox)
    says, never = {
        "ja": (situation.ja, situation.never_ja), "en": (situation.en, situation.never_en),
    }[language]  # fmt: skip
    assert [words for words in says if squeezed(words, language) not in letters] == [], letters
    assert [words for words in never if squeezed(words, language) in letters] == [], letters


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "ja",
            (
                "1年間の自動継続となります。そのほかのライセンス（ZoomWorkplaceビジネス、Zoomウェビナー）は、自動継続とはなりません。"
                "契約終了予定日（満了日）は2026年12月31日（木）です。引き続きご利用になる場合は、2026年11月1日（日）までに購入申込書"
            ),
        ),
        (
            "en",
            (
                "continues automatically for one year. The other licences (Zoom Workplace Business, Zoom Webinars) "
                "do not continue by themselves: their term ends on Thursday, 31 December 2026. "
                "To keep them, please send in an order form"
            ),
        ),
    ],
)
def test_a_letter_about_storage_and_other_licences_says_which_of_them_runs_on(kigen, language, says):
    """Book 16, B4 and B2: D(13) ④, D(7)."""
    kigen.configure('[jobs.renewal-notice]\ngroup_by = "contract"\n')
    kigen.bring(*SITUATIONS["16 storage beside what does not run on"].book(language))

    kigen.run(RENEWAL, "2026-08-11")

    (mail,) = kigen.inbox
    assert says in squeezed(read(mail), language)


@pytest.mark.parametrize("job", [RENEWAL, EXTENSION, RELEASE, START])
def test_nothing_but_proper_names_is_japanese_in_an_english_letter(kigen, job):
    """Book 20, with each kind: the sender's desks and hours have English names."""
    days = {RENEWAL: "2026-08-03", EXTENSION: "2026-08-20", RELEASE: "2026-12-01", START: "2025-12-15"}
    kigen.configure()
    rows = [f"business new 20 {YEAR}"]
    rows += [] if job in (RENEWAL, START) else [f"business continuation 10 {NEXT}"]
    situation = Situation("L1–L4", tuple(rows), job, days[job], (), ())
    kigen.bring(*(row | {"company": "Example Ltd.", "owner_name": "Jo Example"} for row in situation.book("en")))

    kigen.run(job, days[job])

    (mail,) = kigen.inbox
    assert re.findall(r"[ぁ-んァ-ヶ一-龠]+", read(mail)) == []


@pytest.mark.parametrize("opened_on", ["2026-09-25", ""])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", ("変更後のサービス開始日2026年10月1日（木）変更前：2026年9月1日（火）",)),
        ("en", ("New service start date Thursday, 1 October 2026 Former date: Tuesday, 1 September 2026",)),
    ],
)  # fmt: skip
def test_a_moved_start_is_said_with_the_day_that_was_told(kigen, language, words, opened_on):
    """Book 05, N3: Annex 1."""
    told = Situation("N3", ("business new 20 2026-09-01 12 2026-08-01 2026-08-10",), START, "", (), ())
    moved = Situation("N3", (f"business new 20 2026-10-01 12 2026-08-01 {opened_on}",), START, "", (), ())
    kigen.bring(*told.book(language))
    kigen.run(START, "2026-08-10")
    kigen.bring(*moved.book(language))

    kigen.run(START, "2026-08-25")

    (letter,) = (squeezed(read(mail), language) for mail in kigen.inbox if kind_of(mail) == "service-start-change")
    assert [each for each in words if each not in letter] == []
