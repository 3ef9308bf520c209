"""A letter's file: its head, its body, and what it takes from the next file of its name."""

from __future__ import annotations

from shutil import copyfile

import pytest

from notify.letters.folders import shipped_templates
from notify.letters.problem import TemplateProblem
from notify.letters.sources import read
from notify.letters.templates import TemplateSet

SHIPPED = """---
subject: shipped {{ contract }}
title: T
calendar: Last day
  {% if contract %}
  of {{ contract }}
  {% endif %}
---
First.
{% block opening %}
{% endblock %}
Last {{ contract }}.
"""


@pytest.fixture
def letter(tmp_path):
    """The letter `x`: as shipped, and with these files of its name before it, the first one first."""

    def rendered(*own, name="x.txt"):
        folders = [tmp_path / str(number) for number in range(len(own) + 1)]
        for folder, text in zip(folders, [*own, SHIPPED], strict=True):
            (folder / "en").mkdir(parents=True)
            (folder / "en" / "x.txt").write_text(text, "utf-8")
        copyfile(shipped_templates() / "en" / "language.toml", folders[-1] / "en" / "language.toml")
        return TemplateSet(folders, "en").rendered(name, {"contract": "K-1"})

    return rendered


def test_the_head_is_no_part_of_the_body(letter):
    assert letter().split() == ["First.", "Last", "\ufdd0K-1\ufdd1."]


def test_a_key_is_a_template_and_goes_on_in_indented_lines(letter):
    assert letter(name="x.txt#calendar") == "Last day\nof \ufdd0K-1\ufdd1\n"


def test_a_file_with_a_head_alone_leaves_the_body_as_it_is(letter):
    assert "First." in letter("---\nsubject: own\n---\n")


def test_a_key_that_is_left_out_is_the_next_files(letter, tmp_path):
    letter("---\nsubject: own\n---\n")
    templates = TemplateSet([tmp_path / "0", tmp_path / "1"], "en")

    assert [templates.rendered(name, {"contract": "K-1"}) for name in templates.head("x").values()][:2] == ["own", "T"]


def test_a_file_that_extends_its_own_name_adds_to_the_next_one(letter):
    own = "{% extends 'x.txt' %}\n{% block opening %}\nAdded.\n{% endblock %}\n"

    assert letter(own).split()[:3] == ["First.", "Added.", "Last"]


def test_files_of_three_folders_add_to_each_other(letter):
    partner = "{% extends 'x.txt' %}\n{% block opening %}\n{{ super() }}\nThe partner's.\n{% endblock %}\n"
    own = "{% extends 'x.txt' %}\n{% block opening %}\nOurs.\n{% endblock %}\n"

    assert letter(partner, own).split()[:4] == ["First.", "Ours.", "The", "partner's."]


def test_a_line_that_holds_tags_alone_leaves_no_line(letter):
    assert letter("{% if contract %}\none\n  {% endif %}{# why #}  \ntwo\n") == "one\ntwo\n"


def test_a_line_with_a_tag_and_words_keeps_its_end(letter):
    assert letter("{% if contract %}one{% endif %}\ntwo\n") == "one\ntwo\n"


def test_an_error_has_the_line_that_it_has_in_the_file(letter):
    with pytest.raises(TemplateProblem) as raised:
        letter("---\nsubject: s\n---\n{% if contract %}\n{% endif %}\n\n{{ nobody }}\n")

    assert raised.value.line == 7


def test_an_error_in_a_key_has_the_line_that_it_has_in_the_file(letter):
    with pytest.raises(TemplateProblem) as raised:
        letter("---\ntitle: t\nsubject: {{ nobody }}\n---\n", name="x.txt#subject")

    assert raised.value.line == 3


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("---\nsubjekt: x\n---\n", 2, "head-key"),
        ("---\nsubject: x\nand so on\n---\n", 3, "head-line"),
        ("---\nsubject: x\n", 1, "head-open"),
        ("\ufeff---\nsubject: x\n---\n", 1, "byte-order-mark"),
        ("一\n｛｛ contract ｝｝\n", 2, "full-width"),
        ("一\n{％ if contract ％}\n", 2, "full-width"),
    ],
)
def test_a_file_that_cannot_be_meant_so_is_refused_with_its_line(tmp_path, text, line, code):
    path = tmp_path / "x.txt"
    path.write_text(text, "utf-8")

    with pytest.raises(TemplateProblem) as raised:
        read(path)

    assert (raised.value.template, raised.value.line, raised.value.code) == (str(path), line, code)


def test_a_misspelt_key_is_told_with_the_one_that_was_meant_and_those_there_are(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("---\nsubjekt: x\n---\n", "utf-8")

    with pytest.raises(TemplateProblem, match=r"no 'subjekt'; it may have: subject, .*did you mean 'subject'\?"):
        read(path)


def test_line_ends_of_windows_are_line_ends(letter):
    assert letter("---\r\nsubject: s\r\n---\r\none\r\ntwo\r\n").split() == ["one", "two"]
