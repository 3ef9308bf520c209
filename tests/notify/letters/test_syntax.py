"""Templates as people get them wrong: what each is told, in which line, and never in Jinja's words."""

from __future__ import annotations

import pytest

from jobs.language.messages import Messages
from jobs.notices.listing import LETTERS
from jobs.views.samples import must_say
from notify.letters.examination import Examination
from notify.letters.renderer import Renderer
from tests.notify.letters.builders import samples

JAPANESE = Messages("ja")
RENEWAL = {"ja": {"renewal-notice": must_say(LETTERS, ["ja"], "ja")["ja"]["renewal-notice"]}}
SAYS_ALL = "{{ closing_day|day }}{{ term_end|day }}\n"  # what a renewal notice must say, in the first line

EXTENDS = "{% extends 'renewal-notice.txt' %}\n"


@pytest.fixture
def problems(tmp_path):
    """What the check says of a renewal notice with this text, without the file's path."""
    path = tmp_path / "ja" / "renewal-notice.txt"
    path.parent.mkdir()

    def found(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        listed = Examination(Renderer([tmp_path])).problems(RENEWAL, samples)
        assert {each.template for each in listed} <= {str(path)}
        return listed

    return found


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("{% if partner %}\nx\n", 2, "{% if … %} in this line has no {% endif %}"),
        ("{% if partner %}\n{% for i in items %}\n{% endif %}", 4, "{% endif %} stands here, and {% for … %} is"),
        ("{% set a = 1 %}{% if partner %}\nx\n", 2, "{% if … %} in this line has no {% endif %}"),
        ("{% endif %}\n", 2, "{% endif %} stands here, and no {% if … %} is open"),
        ("{% if partner %}{% elseif account %}{% endif %}", 2, "there is no tag {% elseif %}: did you mean 'elif'?"),
        ("{% if partner %}{% end if %}", 2, "there is no tag {% end %}: did you mean 'endif'?"),
        ("{% inclde 'contract.txt' %}", 2, "there is no tag {% inclde %}: did you mean 'include'?"),
        ("{% if %}{% endif %}", 2, "something is missing before %}"),
        ("{% if days_left = 1 %}{% endif %}", 2, "expected '%}', found '=': did you mean '=='?"),
        ("{{ contract } {{ contract }}", 2, "braces that do not belong together: {{ ends with }}"),
        ("{{ account.company }", 2, "'{{ account.company }': a name stands between two braces on each side"),
        ("{{{ contract }}}", 2, "braces that do not belong together: {{ ends with }}, {% ends with %}"),
        ("{{ contract", 2, "what begins with {{ does not end: }} is missing"),
        ("{# contract", 2, "what begins with {# does not end: #} is missing"),
        ("{ contract }}", 2, "'{ contract }}': a name stands between two braces on each side"),
        ("{account.company}", 2, "'{account.company}': a name stands between two braces on each side"),
        ("{{ account.company|addressed(“様”) }}", 2, "'“' must be written in half-width signs: \""),
        ("{{ account.company|addressed(「様」) }}", 2, "'「' must be written in half-width signs: \""),
        ("{{ account．company }}", 2, "'．' must be written in half-width signs: ."),
        ("{{ account.company|addressed('様) }}", 2, "a quotation mark ' has no second one"),
        ("{{ account.company|addressed('様'さん') }}", 2, "expected ',', found 'さん'"),
        ("{{ contract ? }}", 2, "the sign '?' cannot stand here"),
        ("{{ ｃｏｎｔｒａｃｔ }}", 2, "the name 'ｃｏｎｔｒａｃｔ' is not among this letter's data: did"),
        ("{{ closing_day|dey }}", 2, "there is no filter 'dey': did you mean 'day'?"),
        ("{{ contract|day }}", 2, "this filter writes a day, found 'K-0001'"),
        ("{{ contract|seats }}", 2, "this filter writes a number, found 'K-0001'"),
        ("**A", 2, "'**' is left in the letter: it has no second one on its line"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_body_is_told_where_a_person_has_to_mend_it(problems, text, line, said):
    (found,) = problems(SAYS_ALL + text)

    assert (found.line, found.message[: len(said)]) == (line, said)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("－－－\nsubject: x\n－－－\n", 1, "a head begins and ends with a line that is exactly ---, found '－－－'"),
        ("\n---\nsubject: x\n---\n", 2, "a head begins and ends with a line that is exactly ---, found '---'"),
        ("subject: x\n---\n", 1, "a head begins and ends with a line that is exactly ---, found 'subject: x'"),
        ("---\nsubject：x\n---\n", 2, "'subject：' must be written in half-width signs: subject:"),
        ("---\nsubject:\n---\n", 2, "subject is exactly one line, this one has 0"),
        ("---\ncalendar: x\n\ty\n---\n", 3, "a head has lines like `subject: …`, and what goes on from the line above"),
        ("---\nsubject: {{ contrakt }}\n---\n", 2, "the name 'contrakt' is not among this letter's data: did"),
        ("---\ntitle: x\nsubject: {% if partner %}x\n---\n", 3, "{% if … %} in this line has no {% endif %}"),
        ("一\n二".encode("cp932"), 1, "this line is not in UTF-8: save the file as UTF-8"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_head_is_told_with_its_line(problems, text, line, said):
    (found,) = problems(text)

    assert (found.line, found.message[: len(said)]) == (line, said)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (EXTENDS + "{% block openning %}\nx\n{% endblock %}\n", 2, "it has: closing, opening: did you mean 'opening'?"),
        (EXTENDS + "\nHello\n", 3, "says only what stands in its {% block … %}; 'Hello' would be left out"),
        ("{% extends 'renewal-notise.txt' %}\n", 1, "did you mean 'renewal-notice.txt'?"),
        (SAYS_ALL + "\n{% include 'contrakt.txt' %}\n", 3, "did you mean 'contract.txt'?"),
    ],
)  # fmt: skip
def test_what_a_file_takes_from_another_is_told_where_it_does(problems, text, line, said):
    (found,) = problems(text)

    assert found.line == line
    assert found.message.endswith(said)


def test_a_letter_that_does_not_say_its_day_is_told_what_to_write(problems):
    (found,) = problems("{{ term_end|day }}")

    assert found.message.endswith("a letter of this kind must; write {{ closing_day|day }}")


@pytest.mark.parametrize(
    "text",
    [
        "---\nsubject: Don't miss {{ closing_day|day }}\n---\n",
        "---\nsubject:件名\n---\n",
        "---\r\nsubject: x\r\n---\r\n",
        SAYS_ALL + "{%if partner%}x{%endif%}",
        SAYS_ALL + "{{　contract　}}",
        SAYS_ALL + "{% extends 'renewal-notice.txt' %}",
    ],
)
def test_what_only_looks_odd_is_no_problem(problems, text):
    assert problems(text) == []


@pytest.mark.parametrize("text", ["{{ contract }", "{% if x", "{{ “x” }}", "{% if a %}", "{% end %}", "{{ a b }}"])
def test_who_reads_japanese_is_told_in_japanese(problems, text):
    (found,) = problems(SAYS_ALL + text)

    said = JAPANESE.template_problem_parts(found)[1]
    assert found.code != "said"
    assert not any(word in said for word in ("unexpected", "expected", "template"))
