"""Invented customers for the sample book: names that could be, at addresses that cannot."""

from __future__ import annotations

from jobs.demo.sales import Customer

# Lists of different, coprime lengths are walked side by side, so that no two customers of a book are alike.
PLACES = (
    ("若潮", "wakashio"),
    ("藍ヶ沢", "aigasawa"),
    ("月見野", "tsukimino"),
    ("鷹ノ森", "takanomori"),
    ("霧ヶ谷", "kirigaya"),
    ("白浪", "shiranami"),
    ("紅葉坂", "momijizaka"),
    ("星見台", "hoshimidai"),
    ("風待", "kazemachi"),
    ("葦原", "ashihara"),
    ("燈ヶ丘", "akarigaoka"),
    ("千鳥浦", "chidoriura"),
    ("銀杏原", "ichohara"),
    ("空木", "utsugi"),
    ("鈴懸", "suzukake"),
    ("朝凪", "asanagi"),
    ("夕凪", "yunagi"),
    ("瑠璃川", "rurikawa"),
    ("椿ヶ原", "tsubakigahara"),
    ("深雪野", "miyukino"),
    ("檜谷", "hinokidani"),
    ("琥珀", "kohaku"),
    ("雲居", "kumoi"),
    ("桐野辺", "kirinobe"),
    ("潮見浜", "shiomihama"),
    ("竹灯", "takeakari"),
    ("花筏", "hanaikada"),
    ("石蕗", "tsuwabuki"),
    ("蔦ヶ瀬", "tsutagase"),
    ("水無瀬", "minase"),
    ("柚木野", "yuzukino"),
)
TRADES = (
    ("精機", "Precision"),
    ("印刷", "Printing"),
    ("物流", "Logistics"),
    ("食品", "Foods"),
    ("設計", "Design"),
    ("商会", "Trading"),
    ("電装", "Electrics"),
    ("製薬", "Pharma"),
    ("紡績", "Spinning"),
    ("運輸", "Transport"),
    ("建設", "Construction"),
    ("計測", "Instruments"),
    ("木工", "Woodworks"),
    ("窯業", "Ceramics"),
    ("出版", "Publishing"),
    ("旅行", "Travel"),
    ("園芸", "Gardens"),
    ("造船", "Shipyards"),
    ("情報", "Informatics"),
    ("硝子", "Glass"),
    ("化成", "Chemicals"),
    ("醸造", "Brewing"),
    ("観光", "Tourism"),
)
SURNAMES = (
    ("田辺", "tanabe"),
    ("三浦", "miura"),
    ("大野", "ono"),
    ("柴田", "shibata"),
    ("菅原", "sugawara"),
    ("久保", "kubo"),
    ("新井", "arai"),
    ("平野", "hirano"),
    ("髙橋", "takahashi"),
    ("渡邉", "watanabe"),
    ("森本", "morimoto"),
    ("野口", "noguchi"),
    ("岩﨑", "iwasaki"),
)
GIVEN_NAMES = (
    ("恵", "megumi"),
    ("健太", "kenta"),
    ("由美子", "yumiko"),
    ("直樹", "naoki"),
    ("さくら", "sakura"),
    ("隆", "takashi"),
    ("陽介", "yosuke"),
    ("美穂", "miho"),
    ("誠", "makoto"),
    ("千夏", "chinatsu"),
    ("悠", "yu"),
)
PARTNERS = (
    ("ひいらぎ情報サービス株式会社", "licence@hiiragi.example.co.jp"),
    ("株式会社みちしるべ商事", "zoom-desk@michishirube.example.co.jp"),
    ("Marigold Systems K.K.", "renewals@marigold.example.com"),
)
ENGLISH_EVERY, ADMINISTRATORS_EVERY, PARTNER_EVERY = 9, 4, 5  # one customer in so many


def customer(number: int, *, is_school: bool = False) -> Customer:
    """The customer of that number, the same each time; a school for the menu items of schools."""
    partner = ("", "") if number % PARTNER_EVERY else PARTNERS[number // PARTNER_EVERY % len(PARTNERS)]
    in_english = number % ENGLISH_EVERY == 0 and not is_school
    return Customer(
        account_number=str(61_000_000 + number * 7_919),
        company=_company(number, is_school=is_school, in_english=in_english),
        owner_name=_person(number, in_english=in_english),
        owner_email=_address(number),
        administrator_emails=_administrators(number),
        partner_name=partner[0],
        partner_email=partner[1],
        language="en" if in_english else "ja",
    )


def _company(number: int, *, is_school: bool, in_english: bool) -> str:
    place, place_en = PLACES[number % len(PLACES)]
    trade, trade_en = TRADES[number % len(TRADES)]
    if is_school:
        return f"学校法人{place}{trade[0]}学園"
    if in_english:
        return f"{place_en.title()} {trade_en} K.K."
    return f"株式会社{place}{trade}" if number % 2 else f"{place}{trade}株式会社"


def _person(number: int, *, in_english: bool) -> str:
    surname, surname_en = SURNAMES[number % len(SURNAMES)]
    given, given_en = GIVEN_NAMES[number % len(GIVEN_NAMES)]
    return f"{given_en.title()} {surname_en.title()}" if in_english else f"{surname} {given}"


def _address(number: int) -> str:
    surname, given = SURNAMES[number % len(SURNAMES)][1], GIVEN_NAMES[number % len(GIVEN_NAMES)][1]
    return f"{given}.{surname}@{_domain(number)}"


def _administrators(number: int) -> str:
    if number % ADMINISTRATORS_EVERY:
        return ""
    deputies = ("it-desk", "soumu")[: 1 + number % 8 // ADMINISTRATORS_EVERY]
    return ";".join(f"{deputy}@{_domain(number)}" for deputy in deputies)


def _domain(number: int) -> str:
    return f"{PLACES[number % len(PLACES)][1]}{number}.example.co.jp"
