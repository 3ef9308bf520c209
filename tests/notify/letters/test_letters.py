"""What each letter has to say (rules L1–L4), in its text part and in its HTML part, in both languages."""

from __future__ import annotations

import html
import re

import pytest

from notify.letters.folders import shipped_templates
from notify.letters.language import language_in
from notify.letters.lines import LINE_WIDTH, display_width
from notify.letters.problem import TemplateProblem
from notify.letters.renderer import Renderer
from tests.notify.letters.builders import LANGUAGES, LETTERS, case, every_case, sample

RENDERER = Renderer()
FILTERS = {language: language_in([shipped_templates() / language]).filters for language in LANGUAGES}
LONG = {
    "ja": "株式会社見本商事ホールディングス東日本営業統括本部情報システム部ネットワーク管理課第二グループ東京分室",
    "en": "The Very Long Established Sample Trading and Manufacturing Company of East Japan Holdings, Incorporated",
}


def day(value, language):
    return FILTERS[language]["day"](value)


def seats(count, language):
    return FILTERS[language]["seats"](count)


def days_left(count, language):
    return FILTERS[language]["days_left"](count)


def parts(letter, language, name=None, **changes):
    """Subject, text and HTML, as a reader sees them: without tags, preview line and the spaces that line ends make."""
    data = case(letter, language, name) if name else sample(letter, language, **changes)
    words = RENDERER.words(letter, language, data)
    shown = html.unescape(re.sub(r"<[^>]+>", "", words.html.partition("<body")[2].partition("</div>")[2]))
    return squeezed(words.subject), squeezed(words.text), squeezed(shown)


def squeezed(text):
    return re.sub(r"\s+", "", text).replace("’", "'")


NOTE = "phone_note"  # of start letters only: SAID


def facts(letter, data):
    """All that the rules demand of the letter and that comes from its data, as that language writes it."""
    language = data["language"]
    desks = (data["sender"]["sales_desk"], data["sender"]["support_desk"])
    found = [data["account"]["number"], data["account"]["company"], data["account"]["owner_name"], data["contract"]]
    found += [data["sender"]["company"], *(value for desk in desks for name, value in desk.items() if name != NOTE)]
    for item in data["items"]:
        found += [item["line"], item["menu"]]
        found += [seats(item["seats"], language)] if item["what"] == "seats" else []
        found += [day(item["term_start"], language), day(item["term_end"], language)]
    return found + OWN_FACTS[letter](data, language)


def renewal_facts(data, language):  # L1, B1, T5
    left = days_left(data["days_left"], language)
    term = data["new_term"]
    partner = data["partner"]["name"] if data["partner"] else ""
    days = [data["closing_day"], data["term_end"], term["start"], term["end"]]
    return [
        left if data["days_left"] or language == "ja" else "Today is the last day",
        partner,
        *each_day(days, language),
    ]


def start_facts(data, language):  # L2
    return [data["sender"]["admin_site"], *each_day([data["start_date"]], language)]


def change_facts(data, language):  # N3
    return [data["sender"]["admin_site"], *each_day([data["old_start"], data["new_start"]], language)]


def correction_facts(data, language):  # N3
    days = [data["told_on"], data["start_date"]]
    sides = [(each["differs"], each[side][0]) for each in data["corrected"] for side in ("before", "after")]
    told = [one["menu"] for differs, one in sides if "menu" in differs]
    told += [str(one["seats"]) for differs, one in sides if "seats" in differs]
    return [*told, *each_day(days, language)]


def extension_facts(data, language):  # L3
    days = [data["old_end"], data["new_term"]["start"], data["new_term"]["end"]]
    return [*changed(data, language), *each_day(days, language)]


def release_facts(data, language):  # L4
    asked = {each["what"] for each in data["changes"]}
    site = [data["sender"]["admin_site"]] if "seats" in asked else []
    return [*site, *changed(data, language), *each_day([data["term_end"]], language)]


def changed(data, language):
    """Each menu item before and after, seats and tickets counted, what is released and added; N7."""
    found = []
    for each in data["changes"]:
        items = [*each["before"], *each["after"]]
        found += [one["menu"] for one in items]
        if each["what"] == "seats":
            numbers = [*(one["seats"] for one in items), each["released"], each["added"]]
            found += [seats(number, language) for number in numbers if number]
        elif each["what"] == "tickets":
            found += [str(one["seats"]) for one in items]
        if fall := each["falls_to"]:
            found += [fall["menu"], fall["to_menu"], seats(fall["minimum"], language), seats(fall["seats"], language)]
    return found


def each_day(days, language):
    return [day(each, language) for each in days]


OWN_FACTS = {
    "renewal-notice": renewal_facts,
    "service-start": start_facts,
    "service-start-change": change_facts,
    "service-start-correction": correction_facts,
    "extension-confirmation": extension_facts,
    "license-release": release_facts,
}


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_every_fact_that_the_rules_demand_stands_in_text_and_html(letter, language, name):
    """L1–L4: what comes from the data."""
    _, text, page = parts(letter, language, name)

    wanted = [squeezed(fact) for fact in facts(letter, case(letter, language, name))]
    assert [fact for fact in wanted if fact not in text] == []
    assert [fact for fact in wanted if fact not in page] == []


SAID = [
    ("renewal-notice", "base", "上位のメニュー", "a higher one"),  # L1: same or higher
    ("renewal-notice", "base", "ビジネスからプロへの変更", "from Business to Pro, is not a continuation"),  # B3
    ("renewal-notice", "base", "購入申込書", "order form"),
    ("renewal-notice", "base", "販売パートナーが定める締切", "Your sales partner may set an earlier day"),
    ("renewal-notice", "base", "営業窓口へご提出", "our sales desk, so that it arrives"),
    ("renewal-notice", "base", "をもって終了し", "licences end on"),  # B2
    ("renewal-notice", "base", "料金の返金は承っておりません", "fees are not refunded"),  # D(5)
    (
        "renewal-notice",
        "base",
        "アカウントの削除またはリンク解除がされていない場合に限り",
        "neither deleted nor unlinked",
    ),  # D(7)
    ("renewal-notice", "storage", "1年間の自動継続", "continues automatically for one year"),  # B4
    (
        "renewal-notice",
        "storage",
        "終了または容量の変更をご希望の場合も",
        "If you wish to end cloud recording storage",
    ),  # B4
    ("renewal-notice", "base", "必須事項の確認をもってご注文の確定", "once we have checked that all required"),  # G2③
    ("renewal-notice", "grouped", "は、自動継続とはなりません", "do not continue by themselves"),  # B4
    ("renewal-notice", "option", "基本ライセンスの継続も必要", "the base licence is continued as well"),  # T7
    (
        "renewal-notice",
        "closed-day",
        "※当日は休業日です。2021年12月3日（金）17時まで",
        "offices are closed on that day",
    ),  # B1
    ("renewal-notice", "minimum", "50ライセンス以上", "at least 50 licences"),  # N7, said while the owner decides
    ("renewal-notice", "minimum", "25ライセンスごとに1台分の Zoom Rooms", "one Zoom Rooms for every 25 licences"),
    ("renewal-notice", "not-sold-anew", "あらためてお申し込みいただくことはできません", "cannot be ordered again"),
    ("renewal-notice", "tickets", "基本ライセンスの終了とともに2022年1月31日（月）", "600 tickets"),  # T6
    ("service-start", "upgrade", "次のライセンスに代わるものです", "takes the place of these licences"),  # T8
    (
        "service-start",
        "waits",
        "基本ライセンスのサービス開始日（2022年1月7日（金））から",
        "once the base licence starts",
    ),  # T7
    ("extension-confirmation", "storage", "行っていただく作業はございません", "No action is needed"),  # B5
    ("license-release", "storage", "削除または移動", "delete or move"),  # D(13), B4
    ("license-release", "tickets", "未使用のチケット（600枚", "left of the 600 tickets lapses"),  # T6
    ("service-start", "one-item", "発信した時点で", "comes into being when we send this message"),  # Art. 5.2
    ("service-start", "one-item", "アクティベーションメール", "activation email"),
    ("service-start", "one-item", "必ず変更してください", "please change it"),
    ("service-start", "one-item", "利用者の登録とライセンスの割り当て", "Register your users there and assign"),  # D(9)
    ("service-start", "one-item", "代理の管理者様", "the owner's deputies"),
    ("service-start", "one-item", "アカウント番号（98765432）をお知らせ", "quote your account number (98765432)"),
    ("service-start", "one-item", "はじめに自動音声で", "answered by an automated system first"),  # D(12) ③
    ("service-start-change", "later", "はじめに自動音声で", "answered by an automated system first"),
    ("service-start-change", "later", "開始日になるまで", "cannot be used before the new date"),  # N3
    ("service-start-change", "earlier", "変更後の開始日から", "can be used from the new date on"),  # N3
    (
        "service-start-correction",
        "seats",
        "2021年8月20日（金）付のお知らせに代えて",
        "takes the place of our notice",
    ),
    ("service-start-correction", "seats", "ライセンス数（誤）", "Licences (as told)"),  # N3
    ("service-start-correction", "seats", "ライセンス数（正）", "Licences (correct)"),
    ("service-start-correction", "all", "チケット（正）", "Tickets (correct)"),
    ("service-start-correction", "all", "2021年9月1日（水）～2022年7月31日（日）", "31 July 2022"),
    ("extension-confirmation", "same-seats", "そのまま引き継がれます", "stays as it is"),  # D(6)
    ("extension-confirmation", "same-seats", "49ライセンスのまま", "stays at 49 licences"),
    ("extension-confirmation", "merged", "49ライセンスのまま", "stays at 49 licences"),
    ("extension-confirmation", "upgrade", "10ライセンスの追加", "increased by 10 licences"),
    ("extension-confirmation", "fewer-seats", "19ライセンスの削減", "reduced by 19 licences"),
    (
        "extension-confirmation",
        "fewer-seats",
        "管理サイトで解除して",
        "release these licences in the administration site",
    ),  # N5
    (
        "extension-confirmation",
        "below-the-minimum",
        "でのご提供に変わります",
        "will be provided as Zoom Workplace Business",
    ),
    ("license-release", "reduced", "次のとおり変わります", "changes when the present term ends"),  # N5
    ("license-release", "reduced", "「ユーザー管理」の「ユーザー」", "Go to User Management, then Users"),
    ("license-release", "reduced", "更新料金をご請求", "bill you for renewing them"),  # N5
    (
        "license-release",
        "reduced",
        "ランダムに（お客様による指定はできません）",
        "chosen at random and not by you",
    ),  # N5
    ("license-release", "reduced", "契約番号（K-0001）を添えて", "quoting contract K-0001"),
    ("license-release", "dropped", "1ライセンス分の割り当てを", "Please release 1 licence"),  # N5
    (
        "license-release",
        "mixed-and-below-the-minimum",
        "削減の処理が済んでから",
        "only once the reduction has been",
    ),  # N6
    (
        "license-release",
        "mixed-and-below-the-minimum",
        "お約束することができません",
        "cannot guarantee the exact time",
    ),  # N6
    ("license-release", "mixed-and-below-the-minimum", "でのご提供に変わります", "will be provided as Zoom Workplace"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("letter", "name", "japanese", "english"), SAID)
def test_what_the_rules_demand_in_words_is_said_in_text_and_html(letter, name, japanese, english, language):
    """L1–L4: what is said in words, with the rule behind it."""
    said = squeezed(japanese if language == "ja" else english)

    _, text, page = parts(letter, language, name)

    assert said in text
    assert said in page


NOT_SAID = [
    ("renewal-notice", "option", "ビジネスからプロ", "from Business to Pro"),  # B3 is of base licences
    ("renewal-notice", "base", "1年間の", "for one year"),  # B4 is of storage
    ("renewal-notice", "storage", "翌日からはご利用いただけません", "cannot be used after"),  # B4: it does not end
    ("renewal-notice", "bare", "販売パートナー", "sales partner"),
    ("renewal-notice", "bare", "操作方法", "support desk"),
    ("service-start", "no-telephone", "電話", "Telephone"),
    ("extension-confirmation", "same-seats", "割り当てを", "release"),
    ("extension-confirmation", "upgrade", "解除して", "release"),
    ("license-release", "storage", "ユーザー管理", "User Management"),  # N5: it is assigned to nobody
    ("license-release", "tickets", "割り当て", "release"),  # N5
    ("extension-confirmation", "two-families", "21ライセンス", "21 licences"),  # never a sum over families
    ("license-release", "two-families", "21ライセンス", "21 licences"),
    ("license-release", "reduced", "削減と追加", "reduces and adds"),  # N6
    ("license-release", "reduced", "でのご提供", "be provided as"),  # N7
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("letter", "name", "japanese", "english"), NOT_SAID)
def test_what_does_not_apply_is_not_said(letter, name, japanese, english, language):
    unsaid = squeezed(japanese if language == "ja" else english)

    _, text, page = parts(letter, language, name)

    assert unsaid not in text
    assert unsaid not in page


@pytest.mark.parametrize(
    ("letter", "title"),
    [("service-start", "サービス開始のお知らせ"), ("extension-confirmation", "サービス延長のお知らせ")],
)
def test_the_titles_that_the_rules_give_stand_in_subject_and_letter(letter, title):
    """N2, N4."""
    words = RENDERER.words(letter, "ja", sample(letter, "ja"))

    assert title in words.subject
    assert f"\n{title}\n" in words.text


@pytest.mark.parametrize(
    ("letter", "name", "language", "beginning"),
    [
        ("renewal-notice", "base", "ja", "【要手続・2021/12/2必着】Zoom ライセンス継続のお申し込み"),
        ("service-start", "one-item", "ja", "【2021/9/1開始】Zoom サービス開始のお知らせ"),
        ("service-start-change", "later", "ja", "【開始日変更・2021/10/1】Zoom サービス開始日変更"),
        ("extension-confirmation", "fewer-seats", "ja", "【要対応・2022/1/31まで】割り当て解除とサービス延長"),
        ("extension-confirmation", "same-seats", "ja", "【2023/1/31まで延長】Zoom サービス延長のお知らせ"),
        ("license-release", "reduced", "ja", "【要対応・2022/1/31まで】Zoom 19ライセンスの割り当て解除"),
        ("renewal-notice", "base", "en", "Action required by 2 Dec 2021: renew"),
        ("service-start", "one-item", "en", "Starts 1 Sep 2021: your Zoom service"),
        ("service-start-change", "later", "en", "New start date 1 Oct 2021: your Zoom"),
        ("extension-confirmation", "fewer-seats", "en", "Action required by 31 Jan 2022: release"),
        ("extension-confirmation", "same-seats", "en", "Extended to 31 Jan 2023: your Zoom"),
        ("license-release", "reduced", "en", "Action required by 31 Jan 2022: release"),
    ],
)
def test_a_subject_begins_with_what_is_asked_and_until_when(letter, name, language, beginning):
    """So that the thirty signs that a phone shows make sense."""
    assert RENDERER.words(letter, language, case(letter, language, name)).subject.startswith(beginning)


@pytest.mark.parametrize("letter", LETTERS)
def test_a_japanese_subject_ends_with_the_company_and_its_honorific(letter):
    assert RENDERER.words(letter, "ja", sample(letter, "ja")).subject.endswith("株式会社見本商事 御中")


@pytest.mark.parametrize(
    ("company", "owner"), [("株式会社見本商事 御中", "見本 花子 様"), ("株式会社見本商事", "見本 花子")]
)
def test_an_honorific_that_the_book_has_already_is_not_said_twice(company, owner):
    """Nor 御中 and 様 after one name."""
    words = RENDERER.words(
        "renewal-notice", "ja", sample("renewal-notice", "ja", account={"company": company, "owner_name": owner})
    )

    assert words.subject.count("御中") == 1
    assert words.text.count("見本 花子 様") == 1
    assert "様 様" not in words.text


@pytest.mark.parametrize(("days_left", "box"), [(92, "k-key"), (8, "k-key"), (7, "k-near"), (0, "k-near")])
@pytest.mark.parametrize("letter", ["renewal-notice", "license-release"])
def test_the_box_of_a_deadline_is_amber_and_red_in_its_last_week(letter, days_left, box):
    html = RENDERER.words(letter, "ja", sample(letter, "ja", days_left=days_left)).html

    assert re.findall(r'<td class="(k-key|k-near|k-box)', html) == [box]


@pytest.mark.parametrize(
    "letter", ["service-start", "service-start-change", "service-start-correction", "extension-confirmation"]
)
def test_a_day_that_is_no_deadline_has_a_calm_box(letter):
    html = RENDERER.words(letter, "ja", sample(letter, "ja")).html

    assert re.findall(r'<td class="(k-key|k-near|k-box)', html) == ["k-box"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_renewal_notice_says_where_the_order_form_is_had(language):
    url = "https://www.example.co.jp/order/"
    there, nowhere = (
        RENDERER.words("renewal-notice", language, sample("renewal-notice", language, sender={"order_form_url": each}))
        for each in (url, "")
    )

    assert f"   {url}\n" in there.text
    assert f'<a class="k-link" href="{url}"' in there.html
    assert squeezed(
        {"ja": "営業窓口までお申し付けください", "en": "please ask our sales desk for it"}[language]
    ) in squeezed(nowhere.text)


@pytest.mark.parametrize(("language", "number"), [("ja", "19ライセンス"), ("en", "19 licences")])
def test_the_number_of_licences_stands_in_heading_and_box_of_a_release(language, number):
    html = RENDERER.words("license-release", language, sample("license-release", language)).html
    heading, box = (re.search(pattern, html, re.DOTALL)[0] for pattern in ("<h1.*?</h1>", '<td class="k-key.*?</td>'))

    assert number in heading
    assert number in box


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_text_and_html_say_the_same_words_in_the_same_order(letter, language, name):
    """But for what only draws: marks of headings, points and steps, blanks between columns, rules."""
    words = RENDERER.words(letter, language, case(letter, language, name))
    page = re.sub(r"<(style|title|xml|div).*?</\1>", "", words.html.partition("<body")[2], flags=re.DOTALL)
    band = re.search(r'<td role="banner".*?</td>', page, re.DOTALL)[0]
    shown = html.unescape(re.sub(r"<!--.*?-->|<[^>]+>", "", page.replace(band, "").partition(">")[2], flags=re.DOTALL))

    assert re.sub(r"[\s：:]", "", undrawn(words.text)) == re.sub(r"[\s：:]", "", shown)


def undrawn(text):
    return re.sub(r"^(?:■ |◆ |・|- |\d+\. |-{70}$)", "", text, flags=re.MULTILINE)


def test_two_lines_of_a_contract_get_letters_with_different_subjects():
    """N1: a notice is per menu item; two on one day must not look like a double."""
    subjects = {
        RENDERER.words("renewal-notice", "ja", case("renewal-notice", "ja", name)).subject
        for name in ("base", "option")
    }

    assert len(subjects) == 2


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(("language", "owner"), [("ja", "株式会社見本商事 御中"), ("en", "Dear Account Owner,")])
def test_an_owner_without_a_name_is_addressed_as_the_owner(letter, language, owner):
    data = sample(letter, language, account={"owner_name": "", "contact_department": ""})

    assert owner in RENDERER.words(letter, language, data).text.split("\n")


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(
    ("language", "why", "automatic"),
    [
        ("ja", "アカウントオーナーとしてご登録", "自動配信しています"),
        ("en", "as the registered owner", "sent automatically"),
    ],
)
def test_a_letter_says_why_it_comes_and_that_it_was_sent_automatically(letter, language, why, automatic):
    _, text, page = parts(letter, language)

    assert all(squeezed(said) in part for said in (why, automatic) for part in (text, page))


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_no_letter_gives_a_password(letter, language, name):
    """N2: the first password travels only in the provider's own mail."""
    given = re.compile(r"(パスワード|password)(は|is)?[:：=「“\"]", re.IGNORECASE)

    assert not [part for part in parts(letter, language, name) if given.search(part)]


@pytest.mark.parametrize("letter", ["renewal-notice", "extension-confirmation", "license-release"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_letters_of_a_start_speak_of_passwords_at_all(letter, language):
    assert not re.search("パスワード|password", parts(letter, language)[1], re.IGNORECASE)


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_no_line_of_a_text_part_is_wider_than_seventy_columns(letter, language, name):
    words = RENDERER.words(letter, language, case(letter, language, name))

    assert [line for line in words.text.split("\n") if display_width(line) > LINE_WIDTH] == []


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_long_names_do_not_widen_the_lines(letter, language):
    long = LONG[language]
    data = sample(
        letter,
        language,
        account={"company": long, "owner_name": long},
        partner={"name": long},
        sender={"company": long, "sales_desk": {"name": long, "hours": long}, "support_desk": {"name": long}},
    )
    data["items"] = [item | {"menu": long} for item in data["items"]]

    words = RENDERER.words(letter, language, data)

    assert [line for line in words.text.split("\n") if display_width(line) > LINE_WIDTH] == []


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(
    ("language", "company"), [("ja", "例示ネットワークス株式会社"), ("en", "Reiji Networks Corporation")]
)
@pytest.mark.parametrize("prefix", ["", "a", "ab", "abcdefgh", "abcdefghijklmnop"])
def test_the_name_of_a_company_stays_on_one_line(letter, language, company, prefix):
    words = RENDERER.words(letter, language, sample(letter, language, sender={"company": prefix + company}))

    assert words.text.count(prefix + company) == squeezed(words.text).count(squeezed(prefix + company))


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_no_line_of_a_text_part_begins_with_a_sign_that_may_not(letter, language, name):
    words = RENDERER.words(letter, language, case(letter, language, name))

    assert not re.search(r"^\s*[、。，．）」』】ーっゃゅょ々]|[（「『【]$", words.text, re.MULTILINE)


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_a_page_names_its_language_and_title_and_fetches_nothing(letter, language, name):
    words = RENDERER.words(letter, language, case(letter, language, name))

    assert words.html.startswith("<!DOCTYPE html>")
    assert f'<html lang="{language}">' in words.html
    assert f"<title>{words.subject}</title>" in words.html
    assert not re.search(r"\bsrc=|url\(|<link|<img|<script|@import", words.html)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_that_inboxes_show_beside_the_subject_tells_the_day(letter, language):
    data = sample(letter, language)
    days = {
        "renewal-notice": "closing_day",
        "service-start": "start_date",
        "service-start-change": "new_start",
        "service-start-correction": "told_on",
        "license-release": "term_end",
    }
    told = data[days[letter]] if letter in days else data["new_term"]["end"]

    preview = re.search(r"<div style=\"display:none[^>]*>([^<]*)</div>", RENDERER.words(letter, language, data).html)

    assert day(told, language) in preview[1]


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reseller_s_brand_is_worn_by_every_letter(letter, language):
    brand = {
        "name": "A",
        "logo": "Logo Text",
        "colour": "#7a1fa2",
        "signature": ["Line one", "Line two"],
        "footer": "F1",
    }

    words = RENDERER.words(letter, language, sample(letter, language, sender={"brand": brand}))

    assert "background-color:#7a1fa2;color:#ffffff" in words.html
    assert all(said in words.html for said in ("Logo Text", "Line one", "<br>", "Line two", "F1"))
    assert "Line one\nLine two\n" in words.text
    assert words.text.split("\n")[-3] == "F1"


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("brand", [None, {}, {"colour": "", "signature": [], "logo": "", "name": "", "footer": ""}])
def test_a_reseller_without_a_brand_signs_with_the_company_s_name(letter, brand):
    data = sample(letter, "ja")
    data["sender"]["brand"] = brand

    words = RENDERER.words(letter, "ja", data)

    assert "background-color:#1f3a5f;color:#ffffff" in words.html
    assert re.search(r'role="banner"[^>]*>例示ネットワークス株式会社</td>', words.html)
    del data["sender"]["brand"]
    assert RENDERER.words(letter, "ja", data) == words


def test_on_a_light_brand_colour_the_name_is_black_and_headings_are_not_in_it():
    words = RENDERER.words(
        "renewal-notice", "ja", sample("renewal-notice", "ja", sender={"brand": {"colour": "#ffd500"}})
    )

    assert "background-color:#ffd500;color:#000000" in words.html
    assert not re.search(r"<h[12][^>]*[^-]color:#ffd500", words.html)


@pytest.mark.parametrize("colour", ["red", "#fff", "#1f3a5f;x:y", "javascript:1"])
def test_a_colour_that_is_none_stops_the_letter(colour):
    with pytest.raises(TemplateProblem, match="a colour is written like"):
        RENDERER.words("renewal-notice", "ja", sample("renewal-notice", "ja", sender={"brand": {"colour": colour}}))


def test_a_logo_is_an_image_inside_the_mail_and_readable_without_it():
    brand = {"logo_cid": "logo@example.co.jp", "logo_width": 240, "logo_height": 48, "logo": "例示クラウド"}

    page = RENDERER.words("renewal-notice", "ja", sample("renewal-notice", "ja", sender={"brand": brand})).html

    assert re.findall(r'src="([^"]*)"', page) == ["cid:logo@example.co.jp"]
    assert 'alt="例示クラウド"' in page


@pytest.mark.parametrize("letter", [letter for letter in LETTERS if letter != "extension-confirmation"])
@pytest.mark.parametrize(("language", "said"), [("ja", "カレンダーに登録"), ("en", "A calendar file")])
def test_a_calendar_file_is_spoken_of_only_where_it_is_attached(letter, language, said):
    without = sample(letter, language, calendar_file=False)

    with_file, no_file = (RENDERER.words(letter, language, data) for data in (sample(letter, language), without))

    assert all(said in part for part in (with_file.text, with_file.html))
    assert not any(said in part for part in (no_file.text, no_file.html))
