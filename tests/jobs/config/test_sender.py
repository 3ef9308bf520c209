"""Who writes, in each language of the letters: [sender] and the tables below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.config.load import ConfigError, load_settings
from jobs.config.sender import SenderIn

CHECKOUT = Path(__file__).parents[3]
OWN = """
[sender]
company = "見本株式会社"

[sender.sales_desk]
name = "販売窓口"
email = "sales@example.co.jp"
phone = "03-0000-0009"
hours = "平日"
"""


@pytest.fixture
def settings_of(tmp_path):
    def read(text, **environment):
        (tmp_path / "config.toml").write_text(text, "utf-8")
        return load_settings(tmp_path / "config.toml", environment)

    return read


def test_a_language_s_table_says_some_things_otherwise_and_the_rest_is_the_sender_s(settings_of):
    text = OWN + '[sender.en]\ncompany = "Mihon Ltd."\n[sender.en.sales_desk]\nname = "Sales"\nhours = "weekdays"'

    english = settings_of(text).sender.written_in("en")

    assert english["company"] == "Mihon Ltd."
    assert english["sales_desk"] == {
        "name": "Sales", "email": "sales@example.co.jp", "phone": "03-0000-0009", "hours": "weekdays",
    }  # fmt: skip
    assert english["support_desk"]["name"] == "サポートデスク"


def test_a_language_can_leave_out_what_the_sender_has(settings_of):
    english = settings_of(OWN + '[sender.en.sales_desk]\nphone = ""').sender.written_in("en")

    assert (english["sales_desk"]["phone"], english["sales_desk"]["name"]) == ("", "販売窓口")


def test_the_english_of_the_sample_is_not_that_of_another_company(settings_of):
    assert settings_of("").sender.written_in("en")["company"] == "Sample Sales Ltd."
    assert settings_of(OWN).sender.written_in("en")["company"] == "見本株式会社"


def test_the_language_of_the_tables_themselves_needs_no_other(settings_of):
    sender = settings_of(OWN + '[sender.en]\ncompany = "Mihon Ltd."').sender

    assert sender.written_in("ja")["company"] == "見本株式会社"


def test_the_shipped_file_says_in_english_what_the_defaults_say(settings_of):
    shipped = load_settings(CHECKOUT / "config.toml", {})

    assert shipped.sender.written_in("en") == settings_of("").sender.written_in("en")


def test_each_key_of_the_sender_but_the_picture_can_be_said_in_a_language(settings_of):
    sender = settings_of("").sender
    ours = sender.model_dump(exclude={"ja": True, "en": True, "brand": {"logo_file"}})

    assert SenderIn().model_dump().keys() == ours.keys()
    assert SenderIn().model_dump()["brand"].keys() == ours["brand"].keys()
    assert SenderIn().model_dump()["sales_desk"].keys() == ours["sales_desk"].keys()


def test_the_environment_reaches_a_language_s_table(settings_of):
    sender = settings_of(OWN, KIGEN_SENDER__EN__SALES_DESK__NAME="Sales").sender

    assert sender.written_in("en")["sales_desk"]["name"] == "Sales"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sender.en]\ncompany = ''", "sender.en.company: string should have at least 1 character"),
        ("[sender.de]\ncompany = 'x'", "sender.de: no such key; name the language in templates.languages"),
        ("[templates]\nlanguages = ['ja', 'de']\n[sender.de]\nlogo = 'x'", "sender.de.logo: no such key"),
        ("[templates]\nlanguages = ['ja', 'JA']", r"templates.languages: .* small letters.* found \['ja', 'JA'\]"),
        ("[templates]\nlanguages = ['ja', 'ja']", "templates.languages: expected languages, each once"),
        ("[templates]\nlanguages = []", "templates.languages: expected languages"),
        ("[templates]\nlanguages = ['deutsch']", "templates.languages: expected languages"),
        ("[templates]\nlanguages = 'de'", "templates.languages: input should be a valid tuple"),
        ("[sender.en]\nlogo = 'x'", "sender.en.logo: no such key"),
        ("[sender.en.brand]\nlogo_file = 'x.png'", "sender.en.brand.logo_file: no such key"),
        ("[sender.en.brand]\ncolour = 'red'", "sender.en.brand.colour: string should match pattern"),
        ("[sender]\norder_form_url = 'order.html'", "sender.order_form_url: expected a web address like"),
        ("[sender]\norder_form_url = 'javascript:x'", "sender.order_form_url: expected a web address like"),
        ('[sender.en]\nfrom_name = "a\\nb"', "sender.en.from_name: expected one line"),
    ],
)
def test_what_cannot_be_said_is_refused(settings_of, text, told):
    with pytest.raises(ConfigError, match=told):
        settings_of(text)


def test_a_further_language_has_a_table_once_it_is_named(settings_of):
    text = OWN + '[sender.zh-hant]\ncompany = "見本公司"\n[templates]\nlanguages = ["ja", "zh-hant"]'

    assert settings_of(text).sender.written_in("zh-hant")["company"] == "見本公司"


def test_the_environment_can_name_a_language_and_what_is_said_in_it(settings_of):
    found = settings_of(OWN, KIGEN_TEMPLATES__LANGUAGES='["ja", "de"]', KIGEN_SENDER__DE__COMPANY="Muster GmbH")

    assert found.templates.languages == ("ja", "de")
    assert found.sender.written_in("de")["company"] == "Muster GmbH"


def test_letters_in_a_language_that_says_nothing_otherwise_have_the_sender_as_it_is(settings_of):
    sender = settings_of(OWN + '[templates]\nlanguages = ["ja", "de"]').sender

    assert sender.written_in("de") == sender.written_in("ja")
