from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from notify.letters.folders import shipped_templates
from notify.letters.problem import TemplateProblem
from notify.letters.renderer import Renderer
from tests.notify.letters.builders import LANGUAGES, LETTERS, case, every_case, sample

RENEWAL = "renewal-notice"
RENDERER = Renderer()


def override(folder: Path, name: str, source: str) -> Path:
    """The reseller's own version of one file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def problem_with(folder: Path, **changes) -> TemplateProblem:
    with pytest.raises(TemplateProblem) as raised:
        Renderer([folder]).words(RENEWAL, "ja", sample(RENEWAL, "ja", **changes))
    return raised.value


OWN = f"ja/{RENEWAL}.txt"
HEAD = "---\nsubject: {{ account.company }}様へ\n---\n"


def test_a_resellers_own_file_is_used_before_the_projects(tmp_path):
    override(tmp_path, OWN, HEAD)

    words = Renderer([tmp_path]).words(RENEWAL, "ja", sample(RENEWAL, "ja"))

    assert words.subject == "株式会社見本商事様へ"
    assert "購入申込書" in words.text


def test_the_first_of_several_directories_wins(tmp_path):
    override(tmp_path / "a", OWN, "---\nsubject: a\n---\n")
    override(tmp_path / "b", OWN, "---\nsubject: b\n---\n")

    assert Renderer([tmp_path / "a", tmp_path / "b"]).words(RENEWAL, "ja", sample(RENEWAL, "ja")).subject == "a"


def test_a_frame_of_the_reseller_frames_every_letter(tmp_path):
    override(tmp_path, "ja/letter.txt", "わが社の枠\n\n{{ letter }}\n")

    texts = [Renderer([tmp_path]).words(letter, "ja", sample(letter, "ja")).text for letter in LETTERS]

    assert all(text.startswith("わが社の枠\n") for text in texts)


def test_a_paragraph_for_a_slot_stands_in_text_and_page(tmp_path):
    override(
        tmp_path, OWN, f"{{% extends '{RENEWAL}.txt' %}}{{% block opening %}}\n**割引**のご案内です。\n{{% endblock %}}"
    )

    words = Renderer([tmp_path]).words(RENEWAL, "ja", sample(RENEWAL, "ja"))

    assert "\n割引のご案内です。\n" in words.text
    assert "<strong>割引</strong>のご案内です。" in words.html
    assert "お申し込み方法" in words.text


def test_a_theme_of_the_reseller_changes_the_macros_that_it_has(tmp_path):
    override(tmp_path, "theme.html", "{% macro heading(text) %}<h2>{{ text }}！</h2>{% endmacro %}")

    html = Renderer([tmp_path]).words(RENEWAL, "ja", sample(RENEWAL, "ja")).html

    assert "<h2>対象のご契約！</h2>" in html
    assert "</table>" in html


def test_a_directory_that_is_not_there_is_said_and_not_passed_over(tmp_path):
    with pytest.raises(TemplateProblem, match="no such directory"):
        Renderer([tmp_path / "misspelt"])


def test_the_projects_templates_are_found_in_the_checkout_or_in_the_package():
    assert (shipped_templates() / "theme.html").is_file()


def test_an_unknown_name_is_a_problem_with_file_line_and_what_was_meant(tmp_path):
    path = override(tmp_path, OWN, "一\n二\n{{ account.compny }}\n")

    assert str(problem_with(tmp_path)) == f"{path}, line 3: there is no 'compny' in it: did you mean 'company'?"


def test_a_name_missing_from_the_data_is_a_problem_in_the_file_that_uses_it():
    data = sample(RENEWAL, "ja")
    del data["account"]["company"]

    with pytest.raises(TemplateProblem, match="company") as raised:
        RENDERER.words(RENEWAL, "ja", data)

    assert raised.value.template.endswith("ja/renewal-notice.txt")
    assert raised.value.line == 2


@pytest.mark.parametrize(
    "source", ["{{ partner }}", "{{ partner or none }}", "{{ account.company ~ '' }}{{ account.partner }}"]
)
def test_none_is_never_printed(tmp_path, source):
    override(tmp_path, OWN, source)

    assert problem_with(tmp_path, partner=None, account={"partner": None}).code == "none-printed"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("一\n{% if %}\n", 2, "something is missing before %}"),
        ("一\n{{ contract|shout }}\n", 2, "shout"),
        ("一\n\n{{ contract|day }}\n", 3, "this filter writes a day, found 'K-0001'"),
        ("{{ acount }}\n", 1, "the name 'acount' is not among this letter's data"),
        ("一\n{% include 'nowhere.txt' %}\n", 2, "there is no template 'nowhere.txt'"),
        ("{{ ''.__class__.__mro__ }}\n", 1, "unsafe"),
        ("{{ items.append(1) }}\n", 1, "append"),
        ("{{ 1 / 0 }}\n", 1, "division by zero"),
    ],
)
def test_whatever_a_template_does_wrong_is_one_problem_with_its_line(tmp_path, source, line, said):
    path = override(tmp_path, OWN, source)

    problem = problem_with(tmp_path)

    assert (problem.template, problem.line) == (str(path), line)
    assert said in problem.message
    assert str(problem) == f"{path}, line {line}: {problem.message}"


def test_a_file_that_is_not_utf_8_is_a_problem_of_that_file(tmp_path):
    path = override(tmp_path, OWN, "")
    path.write_bytes("更新".encode("cp932"))

    assert str(problem_with(tmp_path)) == f"{path}, line 1: this line is not in UTF-8: save the file as UTF-8"


@pytest.mark.parametrize("letter", ["no-such-letter", "../secret"])
def test_a_letter_that_does_not_exist_is_a_problem(letter):
    with pytest.raises(TemplateProblem, match="there is no template"):
        RENDERER.words(letter, "ja", sample(RENEWAL, "ja"))


def test_a_language_that_does_not_exist_is_a_problem():
    with pytest.raises(TemplateProblem, match=r"there is no language\.toml"):
        RENDERER.words(RENEWAL, "fr", sample(RENEWAL, "ja"))


@pytest.mark.parametrize("subject", ["", "one\n  two"])
def test_a_subject_is_exactly_one_line(tmp_path, subject):
    path = override(tmp_path, OWN, f"---\nsubject: {subject}\n---\n")

    problem = problem_with(tmp_path)

    assert (problem.template, "exactly one line" in problem.message) == (str(path), True)


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_a_name_can_break_no_line_of_subject_or_text(letter, language, name):
    hostile = case(letter, language, name)
    hostile["account"]["company"] = "見本\r\nBcc: spy@example.com\u2028商事\u202e"

    words = RENDERER.words(letter, language, hostile)

    assert "見本 Bcc: spy@example.com 商事" in words.subject
    assert words.text.startswith("見本 Bcc: spy@example.com 商事")


@pytest.mark.parametrize(
    "name", ["*A*", "**B**", "`C`", "・甲：乙", "## D", "> E", "1. F", "---", r"\*", "a：b", "<c@d>"]
)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_company_called_like_a_mark_is_only_a_name(letter, name):
    words = RENDERER.words(letter, "ja", sample(letter, "ja", account={"company": name}))
    usual = RENDERER.words(letter, "ja", sample(letter, "ja", account={"company": "甲"}))

    assert words.text.split("\n")[0] == name
    assert len(words.text.split("\n")) == len(usual.text.split("\n"))
    assert words.html.replace(escape(name), "甲") == usual.html.replace(escape(name), "甲")


class Tags(HTMLParser):
    """Every tag and attribute that a reader's program would see."""

    def __init__(self):
        super().__init__()
        self.tags = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def filled_with(text: str, value):
    """The data with that text in the place of every text."""
    if isinstance(value, str):
        return text
    if isinstance(value, dict):
        kept = {"language", "colour", "what", "asks_for"}  # not printed as they come: they choose words, or are judged
        return {key: item if key in kept else filled_with(text, item) for key, item in value.items()}
    return [filled_with(text, item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("letter", "language", "name"), every_case())
def test_markup_in_any_name_is_shown_and_not_obeyed(letter, language, name):
    data = case(letter, language, name)

    html = RENDERER.words(letter, language, filled_with("""<script>x</script>"' onload=x""", data)).html

    assert "&lt;script&gt;" in html
    data["sender"]["brand"] |= {"logo_cid": "x"}
    assert tags_of(html).tags == tags_of(RENDERER.words(letter, language, data).html).tags
    assert "onload" not in tags_of(html).attributes


def test_nothing_is_escaped_in_subject_and_text():
    words = RENDERER.words(RENEWAL, "en", sample(RENEWAL, "en", account={"company": "Söhne & <Co>"}))

    assert "Söhne & <Co>" in words.subject
    assert words.text.startswith("Söhne & <Co>\n")


def test_the_hash_tells_which_templates_were_used(tmp_path):
    override(tmp_path, "ja/letter.txt", "{{ letter }}")
    shipped, changed = RENDERER, Renderer([tmp_path])

    def hash_of(renderer, letter, language):
        return renderer.words(letter, language, sample(letter, language)).template_hash

    assert hash_of(shipped, RENEWAL, "ja") == hash_of(Renderer(), RENEWAL, "ja")
    assert hash_of(shipped, RENEWAL, "ja") != hash_of(changed, RENEWAL, "ja")
    assert hash_of(shipped, RENEWAL, "en") == hash_of(changed, RENEWAL, "en")
    assert len({hash_of(shipped, letter, language) for letter in LETTERS for language in LANGUAGES}) == len(LETTERS) * 2


def test_the_hash_does_not_depend_on_the_data():
    one, other = (RENDERER.words(RENEWAL, "ja", case(RENEWAL, "ja", name)) for name in ("base", "storage"))

    assert one.template_hash == other.template_hash
    assert one.text != other.text


def test_a_company_whose_name_looks_like_an_entity_keeps_it_in_subject_and_calendar():
    data = sample(RENEWAL, "ja", account={"company": "A&amp;B &copy2", "number": "&lt;1"})

    words = RENDERER.words(RENEWAL, "ja", data)

    assert words.subject.endswith("A&amp;B &copy2 御中")
    assert "アカウント番号：&lt;1\n" in words.event


def test_a_file_outside_the_folders_is_no_template(tmp_path):
    elsewhere = override(tmp_path, "elsewhere/secret.txt", "secret")
    override(tmp_path, f"own/{OWN}", f'{{% include "{elsewhere}" %}}')

    assert problem_with(tmp_path / "own").code == "no-template"


@pytest.mark.parametrize("changed", ["text|upper", "text|truncate(3, true, '')"])
def test_a_theme_whose_macro_changes_what_it_is_given_is_refused(tmp_path, changed):
    override(tmp_path, "theme.html", f"{{% macro strong(text) %}}{{{{ {changed} }}}}{{% endmacro %}}")

    problem = problem_with(tmp_path)

    assert (problem.code, problem.values["name"]) == ("macro-changes", "strong")
