"""Who writes: the table [sender], and for each language what is said otherwise in it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from jobs.config.values import MailboxText, OneLine, Section, WebAddress

Filled = Annotated[str, Field(min_length=1)]
Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]


class Desk(Section):
    """A desk that customers can ask; an empty phone or hours leaves its line out of the letters."""

    name: Filled
    email: MailboxText
    phone: str = ""
    hours: str = ""


class SupportDesk(Desk):
    """`phone_note` is a sentence about calls that start letters say: who, or what, answers first."""

    phone_note: OneLine = ""


class Brand(Section):
    """The table [sender.brand]: how the letters look; what is empty is left out."""

    name: str = ""  # "": the company's
    logo: str = ""  # as text
    logo_file: str = ""  # as a picture
    colour: Colour = "#1f3a5f"
    signature: str = ""  # may have several lines
    footer: str = ""


class DeskIn(Section):
    """What is said otherwise of a desk in one language."""

    name: Filled = ""
    email: MailboxText = ""
    phone: str = ""
    hours: str = ""


class SupportDeskIn(DeskIn):
    """The same of the support desk."""

    phone_note: OneLine = ""


class BrandIn(Section):
    """What is said otherwise of the brand in one language. The picture is one for all."""

    name: str = ""
    logo: str = ""
    colour: Colour = ""
    signature: str = ""
    footer: str = ""


class SenderIn(Section):
    """The table [sender.en] or of another language. Only what is written there counts, not these defaults."""

    company: Filled = ""
    admin_site: Filled = ""
    order_form_url: WebAddress = ""
    from_name: OneLine = ""
    brand: BrandIn = BrandIn()
    sales_desk: DeskIn = DeskIn()
    support_desk: SupportDeskIn = SupportDeskIn()


class Sender(Section):
    """The table [sender]."""

    company: Filled = "株式会社サンプル販売"
    admin_site: Filled = "https://admin.example.com/"
    order_form_url: WebAddress = ""
    from_name: OneLine = ""  # "": as in mail.from
    brand: Brand = Brand()
    sales_desk: Desk = Desk(
        name="営業窓口", email="license-desk@example.co.jp", phone="03-0000-0000", hours="平日 9:00–17:00"
    )
    support_desk: SupportDesk = SupportDesk(
        name="サポートデスク",
        email="support@example.co.jp",
        phone="03-0000-0001",
        hours="24時間365日（回答は平日 9:00–17:00）",
    )
    ja: SenderIn = SenderIn()
    en: SenderIn = SenderIn()

    def written_in(self, language: str) -> dict[str, Any]:
        """The table as letters in that language have it: what the language's own leaves out is the sender's."""
        return _overlaid(self.model_dump(include=set(SenderIn.model_fields)), self.written_for(language))

    def written_for(self, language: str) -> dict[str, Any]:
        """What the language's own table says, and no more."""
        own: SenderIn | None = getattr(self, language.replace("-", "_"), None)
        return own.model_dump(exclude_unset=True) if own is not None else {}


# Whoever names a company of his own has no English name until he gives it: this one is not his.
SAMPLE_IN_ENGLISH = SenderIn(
    company="Sample Sales Ltd.",
    from_name="Licence renewal desk",
    sales_desk=DeskIn(name="Sales desk", hours="weekdays 9:00–17:00 (Japan time)"),
    support_desk=SupportDeskIn(name="Support desk", hours="at any time; answers on weekdays 9:00–17:00 (Japan time)"),
)


def _overlaid(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The base with what the other has instead, table by table."""
    return base | {key: _overlaid(base[key], value) if isinstance(value, dict) else value for key, value in own.items()}
