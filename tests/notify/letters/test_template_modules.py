"""An imported file is made once for each part of a letter, and each importer still gets what it would have got."""

from __future__ import annotations

import pytest

from notify.letters.templates import TemplateSet

DATA = {"language": "ja", "company": "見本商事", "seats": 2}


@pytest.fixture
def rendered(tmp_path):
    """The first of these files, rendered with DATA."""

    def render(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.txt").write_text(text, "utf-8")
        return TemplateSet([tmp_path]).rendered(f"{next(iter(files))}.txt", DATA)

    return render


IMPORT = '{% from "piece.txt" import said with context %}'


class Counting:
    """A value that knows how often it was printed."""

    printed = 0

    def __str__(self):
        self.printed += 1
        return "x"


def test_files_that_see_the_same_data_share_what_they_import(tmp_path):
    (tmp_path / "body.txt").write_text(IMPORT + '{{ said() }}{% include "other.txt" %}', "utf-8")
    (tmp_path / "other.txt").write_text(IMPORT + "{{ said() }}", "utf-8")
    (tmp_path / "piece.txt").write_text(
        '{% set made = value ~ "" %}{% macro said() %}{{ made }}{% endmacro %}', "utf-8"
    )
    value = Counting()

    assert TemplateSet([tmp_path]).rendered("body.txt", DATA | {"value": value}) == "xx"
    assert value.printed == 1


def test_an_importer_s_own_variable_reaches_what_it_imports(rendered):
    text = rendered(
        body='{% set greeting = "A" %}' + IMPORT + '{{ said() }}{% include "other.txt" %}',
        other='{% set greeting = "B" %}' + IMPORT + "{{ said() }}",
        piece="{% macro said() %}{{ greeting }} {{ company }} {% endmacro %}",
    )

    assert text == "A 見本商事 B 見本商事 "


def test_an_importer_that_calls_something_else_by_a_name_of_the_data_is_heard(rendered):
    text = rendered(
        body=IMPORT + '{{ said() }}{% include "other.txt" %}',
        other='{% set company = "別の会社" %}' + IMPORT + "{{ said() }}",
        piece="{% macro said() %}{{ company }} {% endmacro %}",
    )

    assert text == "見本商事 別の会社 "


def test_an_importer_that_speaks_another_language_is_heard_though_no_name_shows_it(rendered):
    text = rendered(
        body=IMPORT + '{{ said() }} {% include "other.txt" %}',
        other='{% set language = "en" %}' + IMPORT + "{{ said() }}",
        piece="{% macro said() %}{{ seats|seats }}{% endmacro %}",
    )

    assert text == "2ライセンス 2 licences"


def test_what_a_piece_imports_in_turn_counts_as_seen_by_it(rendered):
    text = rendered(
        body='{% set greeting = "A" %}' + IMPORT + '{{ said() }}{% include "other.txt" %}',
        other='{% set greeting = "B" %}' + IMPORT + "{{ said() }}",
        piece='{% from "deep.txt" import deep with context %}{% macro said() %}{{ deep() }}{% endmacro %}',
        deep="{% macro deep() %}{{ greeting }}{% endmacro %}",
    )

    assert text == "AB"


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        ("{% set n = namespace(c=0) %}{% macro said() %}{% set n.c = n.c + 1 %}{{ n.c }}{% endmacro %}", "121"),
        ('{% set turn = cycler("a", "b", "c") %}{% macro said() %}{{ turn.next() }}{% endmacro %}', "aba"),
    ],
)
def test_a_piece_that_counts_does_so_for_each_importer_by_itself(rendered, piece, told):
    other = IMPORT + "{{ said() }}"

    assert rendered(body=IMPORT + '{{ said() }}{{ said() }}{% include "other.txt" %}', other=other, piece=piece) == told


def test_one_letter_s_data_never_reach_another(tmp_path):
    (tmp_path / "body.txt").write_text(IMPORT + "{{ said() }}", "utf-8")
    (tmp_path / "piece.txt").write_text("{% macro said() %}{{ company }}{% endmacro %}", "utf-8")
    templates = TemplateSet([tmp_path])

    assert [templates.rendered("body.txt", DATA | {"company": each}) for each in ("甲", "乙")] == ["甲", "乙"]


def test_a_piece_that_refers_to_a_file_that_is_not_there_fails_only_where_it_is_reached(rendered):
    piece = '{% macro said() %}{% if false %}{% include "nowhere.txt" %}{% endif %}{{ company }}{% endmacro %}'

    assert rendered(body=IMPORT + "{{ said() }}", piece=piece) == "見本商事"
