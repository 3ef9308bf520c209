"""Letters that are filled into a mould say what rendering says, whatever the templates do and the data hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notify.letters.blanks import Leaves, Senders
from notify.letters.folders import shipped_templates
from notify.letters.moulds import Moulds
from notify.letters.problem import TemplateProblem
from notify.letters.renderer import Renderer
from notify.letters.templates import FAILURES, TemplateSet, casting_environment
from tests.notify.letters.builders import LANGUAGES, LETTERS, case, every_case

SHIPPED = TemplateSet([shipped_templates()])
SENDERS = Senders()
COMPANIES = ("甲", "甲乙丙商事", "", "A & B <i>", "甲", "  x  ", "丙")
HOSTILE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30) | st.sampled_from(
    ["<b>&\"'</b>", "&amp;", "{{ x }}", "\x001&\x01", "株式会社見本" * 8, " ", "=?utf-8?b?gg==?="]
)


def said(templates: TemplateSet, name: str, data: Mapping[str, Any]) -> str:
    try:
        return templates.said(name, Leaves(data, SENDERS))
    except TemplateProblem as problem:
        return str(problem)


def rendered(templates: TemplateSet, name: str, data: Mapping[str, Any]) -> str:
    leaves = Leaves(data, SENDERS)
    try:
        return templates.rendered(name, leaves.put_together(leaves.values.__getitem__))
    except TemplateProblem as problem:
        return str(problem)


def changed(data: Any, texts: list[str], days: int, more: int) -> Any:
    """The data with other texts, days and numbers; the shape and the language stay."""
    if isinstance(data, dict):
        return {
            key: value if key in ("language", "sender") else changed(value, texts, days, more)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [changed(each, texts, days, more) for each in data]
    if isinstance(data, str):
        return texts[len(data) % len(texts)]
    if isinstance(data, date):
        return data + timedelta(days=days)
    return data + more if type(data) is int else data


@settings(max_examples=300)
@given(
    which=st.sampled_from(every_case()),
    texts=st.lists(HOSTILE, min_size=1, max_size=6),
    days=st.integers(0, 900),
    more=st.integers(-2, 300),
)
def test_a_letter_says_what_rendering_says(which: tuple[str, str, str], texts: list[str], days: int, more: int) -> None:
    letter, language, _ = which
    data = changed(case(*which), texts, days, more) | {"subject": "件名"}

    for part in ("subject.txt", "body.txt", "body.html"):
        file = f"{letter}/{language}/{part}"
        assert said(SHIPPED, file, data) == rendered(SHIPPED, file, data)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_letters_are_rendered_for_the_first_five_of_a_kind_only(letter: str, language: str) -> None:
    templates = TemplateSet([shipped_templates()])
    count = []

    def counting(name: str, data: Mapping[str, object]) -> str:
        count.append(name)
        return templates.rendered(name, data)

    moulds = Moulds(lambda: casting_environment(templates), counting, FAILURES)
    name = next(name for of, said_in, name in every_case() if (of, said_in) == (letter, language))
    data = case(letter, language, name) | {"subject": "件名"}
    for number in range(20):
        data["account"] = data["account"] | {"company": f"株式会社見本{number}", "owner_name": f"見本 {number}郎"}
        for part in ("subject.txt", "body.txt", "body.html"):
            moulds.said(f"{letter}/{language}/{part}", Leaves(data, SENDERS))

    assert len(count) == (2 + 3) * 3  # until it is made, and until it is believed


def test_a_mould_that_says_something_else_is_given_up_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "body.txt").write_text("{{ company }}", encoding="utf-8")
    templates = TemplateSet([tmp_path])
    changing = iter(("甲", "乙", "丙", "another thing", "戊", "己"))
    moulds = Moulds(lambda: casting_environment(templates), lambda *_: next(changing), FAILURES)

    found = [moulds.said("body.txt", Leaves({"company": each}, SENDERS)) for each in "甲乙丙丁戊己"]

    assert found == ["甲", "乙", "丙", "another thing", "戊", "己"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert next(changing, None) is None


def test_one_letter_in_a_thousand_is_rendered_as_well(tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_text("{{ company }}", encoding="utf-8")
    templates = TemplateSet([tmp_path])
    rendered: list[str] = []

    def rendering(name: str, data: Mapping[str, Any]) -> str:
        rendered.append(data["company"])
        return templates.rendered(name, data)

    moulds = Moulds(lambda: casting_environment(templates), rendering, FAILURES)
    for number in range(2, 2002):
        moulds.said("body.txt", Leaves({"company": str(number)}, SENDERS))

    assert rendered == ["2", "3", "4", "5", "6", "1003"]


CURIOUS = {
    "compares": "{% if company == '甲' %}一{% else %}二{% endif %}",
    "compares-in-line": "{{ '一' if company < '乙' else company }}",
    "measures": "{% if company|length > 3 %}長{% endif %}{{ company|length }}",
    "takes-apart": "{% for sign in company %}[{{ sign }}]{% endfor %}",
    "cuts": "{{ company[:2] }}{{ company[-1:] }}",
    "picks": "{{ company[0] if company }}",
    "filters": "{{ company|upper }}{{ company|e }}{{ company|trim }}|{{ company|truncate(3, true) }}",
    "filters-a-block": "{% filter upper %}a{{ company }}{% endfilter %}",
    "keeps-and-asks": "{% set kept %}{{ company }}{% endset %}{% if kept == '甲' %}一{% endif %}{{ kept|length }}",
    "keeps-and-cuts": "{% set kept %}x{{ company }}{% endset %}{{ kept[1:3] }}{% for s in kept %}{{ s }}.{% endfor %}",
    "keeps-and-asks-whether": "{% set kept %}{{ company }}{% endset %}{% if not kept %}無{% endif %}{{ kept or '無' }}",
    "asks-a-macro": "{% macro m(x) %}{{ x }}{% endmacro %}{% if m(company) == '甲' %}一{% endif %}{{ m(9)|length }}",
    "formats": "{{ '%5s|%-5s' % (company, company) }}{{ '%5s' % company }}{{ '{:>5}'.format(company) }}",
    "calls": "{{ company.startswith('甲') }}{{ company.replace('甲', '<') }}{{ '・'.join([company, company]) }}",
    "joins": "{{ company ~ '<' ~ company }}{{ (company ~ 'x')|length }}{{ company + 'y' }}{{ company * 2 }}",
    "looks-in": "{{ '甲' in company }}{{ company in ['甲', '乙'] }}{{ company in names }}{{ names[0] not in '甲乙' }}",
    "looks-in-what-is-kept": "{% set kept %}{{ company }}{% endset %}{{ '甲' in [kept] }}{{ [kept].index(kept) }}",
    "keys": "{% set kept %}{{ company }}{% endset %}{{ {kept: '鍵'}[company] }}{{ {'甲': '一'}.get(company, '他') }}",
    "sorts": "{{ names|sort|join }}{{ names|unique|list|length }}{{ names|map('upper')|join('、') }}",
    "finds": "{{ names.index('乙') if '乙' in names }}{{ names.count(company) }}",
    "adds": "{{ count + 1 }}{{ count // 2 }}{{ -count }}{% if count + 1 > 3 %}多{% endif %}{{ count is even }}",
    "draws": "{{ names|random if false }}{{ [company, company]|random }}",
    "counts-on": "{% set ns = namespace(n=0) %}{% for n in names %}{% set ns.n = ns.n + count %}{% endfor %}{{ ns.n }}",
    "defaults": "{{ company|default('無', true) }}{{ nothing|default(company) }}{{ company is defined }}",
    "kind": "{{ company is string }}{{ count is number }}{{ names is sequence }}{{ day is string }}",
    "and-or": "{{ company and count }}{{ company or '無' }}{{ not company }}{{ (company and names[0]) == '甲' }}",
    "escapes-twice": "{% set k %}{{ company }}{% endset %}{{ k }}{{ k|e }}{{ k|forceescape }}{{ k|safe }}",
    "day": "{{ day|day }}{% if day.year == 2021 %}{{ day.month }}{% endif %}{{ day|string }}",
    "goes-wrong": "{{ 1 // (company|length) }}",
    "names-what-is-not-there": "{% if company == '丙' %}{{ nobody }}{% endif %}",
}


@pytest.mark.parametrize("suffix", ["txt", "html"])
@pytest.mark.parametrize("curious", CURIOUS)
def test_a_template_that_looks_into_a_text_gets_the_right_one(curious: str, suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"body.{suffix}").write_text(CURIOUS[curious], encoding="utf-8")
    templates = TemplateSet([tmp_path])

    for number, company in enumerate(COMPANIES * 3):
        data = {
            "language": "ja", "company": company, "count": number % 4, "names": [company, "乙"],
            "day": date(2021, 12, 30) + timedelta(days=number),
        }  # fmt: skip
        assert said(templates, f"body.{suffix}", data) == rendered(templates, f"body.{suffix}", data)


def test_what_html_takes_from_a_file_of_plain_text_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("{% macro m(x) %}<{{ x }}>{% endmacro %}", encoding="utf-8")
    (tmp_path / "body.html").write_text('{% from "own.txt" import m %}{{ m(company) }}{{ m(company)|e }}', "utf-8")
    templates = TemplateSet([tmp_path])

    for company in COMPANIES:
        data = {"language": "ja", "company": company}
        assert said(templates, "body.html", data) == rendered(templates, "body.html", data)


def test_another_sender_is_said_at_once() -> None:
    renderer = Renderer()
    data = case("renewal-notice", "ja", "base")
    for _ in range(3):
        renderer.words("renewal-notice", "ja", data)
    data["sender"]["company"] = "別の会社"  # in the very same object

    words = renderer.words("renewal-notice", "ja", data)

    assert "別の会社です。" in words.text
    assert "別の会社です。" in words.html


def test_letters_in_two_languages_in_turn_are_each_said_in_their_own() -> None:
    renderer = Renderer()

    subjects = [
        renderer.words("renewal-notice", language, case("renewal-notice", language, "base")).subject
        for language in ("ja", "en") * 4
    ]

    assert len(set(subjects)) == 2
    assert subjects[:2] * 4 == subjects


def test_data_that_cannot_be_compared_are_rendered_each_time(tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_text("{{ company }}{{ odd|length }}", encoding="utf-8")
    templates = TemplateSet([tmp_path])

    found = [
        templates.said("body.txt", Leaves({"company": each, "odd": {1, 2}}, SENDERS)) for each in ("甲", "乙", "丙")
    ]

    assert found == ["甲2", "乙2", "丙2"]
