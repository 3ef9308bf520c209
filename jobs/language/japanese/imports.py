"""Why a row or a file of the feed could not go in, in Japanese: for the mail to the desk."""

from __future__ import annotations

from functools import cache

from contracts.files.columns import BOOK_COLUMNS
from jobs.language.japanese.sentences import Sentences
from jobs.language.japanese.values import DAY, MONTH, NUMBER

_AS_TEXT = "列の書式を文字列にして、入力し直してください"
_FORMS = "a CSV file (UTF-8 or CP932) or an Excel workbook (.xlsx)"
_GIVE = "CSV（UTF-8 か CP932）か Excel ブック（.xlsx）を置いてください"
_DATES = "2022-01-31、2022/1/31、令和4年1月31日のように"

ROWS = {
    # contracts/files/cells.py
    "is an error of the spreadsheet's; mend the formula or type the value": (
        "表計算ソフトのエラー値です。数式を直すか、値を入力してください"
    ),
    "is a formula that was never calculated; open the file in Excel and save it, or paste values": (
        "計算結果のない数式です。Excel で開いて保存するか、値を貼り付けてください"
    ),
    "is a date cell, Excel may have made it one; format the column as text and type it again": (
        f"日付のセルです。Excel が日付に変えたのかもしれません。{_AS_TEXT}"
    ),
    "is neither text nor a number; format the column as text and type it again": (
        f"文字列でも数値でもありません。{_AS_TEXT}"
    ),
    "was shortened by Excel, digits are lost; format the column as text and type it again": (
        f"Excel の指数表示で、桁が失われています。{_AS_TEXT}"
    ),
    "is a number that Excel may have rounded; format the column as text and type it again": (
        f"Excel が丸めたかもしれない数値です。{_AS_TEXT}"
    ),
    "holds a line break or a sign that cannot be seen; type it again": (
        "改行か見えない文字が含まれています。入力し直してください"
    ),
    "is longer than {most:number} characters": "{most}文字を超えています",
    "must be a whole number from {lowest:number} to {highest:number}": (
        "{lowest}から{highest}までの整数にしてください"
    ),
    "has a time of day, but must be a day only": "時刻が含まれています。日付だけにしてください",
    "looks like Excel's count of days; format the column as a date, or type a date like 2022-01-31, 2022/1/31 or "
    "令和4年1月31日": f"Excel の日付の通し番号のようです。列の書式を日付にするか、{_DATES}入力してください",
    "must be a date like 2022-01-31, 2022/1/31 or 令和4年1月31日": f"{_DATES}、日付を入力してください",
    "lies outside {era}, which runs from {first:day}": "{era}の期間（{first}から）にない日付です",
    "lies outside {era}, which runs from {first:day} to {last:day}": (
        "{era}の期間（{first}から{last}まで）にない日付です"
    ),
    "is a day that the calendar does not have": "暦にない日付です",
    "must lie in the years {first:number} to {last:number}": "{first}年から{last}年までの日付にしてください",
    # contracts/files/rows.py
    "is required": "必須です",
    "is required, or months in its place": "必須です（契約月数でも構いません）",
    "stands to the right of the last column; is there a comma in a name that needs quotes?": (
        "最後の列より右に値があります。カンマを含む名前は、引用符で囲んでください"
    ),
    "lies before the start, {start:day}": "利用開始日{start}より前です",
    "does not agree with months: {months:number} from {month:month} end on {end:day} (T2)": (
        "契約月数と合いません。{month}から{months}か月であれば{end}に終わります（T2）"
    ),
    "is neither a code nor a name in the catalogue of menu items": "メニューの一覧にないコードか名称です",
    "must be new (新規), addition (追加) or continuation (継続)": (
        "新規、追加、継続（new、addition、continuation）のどれかにしてください"
    ),
    "must be ja or en, or empty for ja": "ja か en にしてください（空欄なら ja です）",
    # What was said before, by the book or by the file: contracts/imports/book_import.py
    "contract {contract} belongs to account {account}; it cannot have two": (
        "契約 {contract} はアカウント {account} のものです。別のアカウントの契約にはできません"
    ),
    "is not in the book, but {other} is; were zeros in front lost? Format the column as text": (
        "契約台帳にあるのは {other} です。先頭の 0 が失われていませんか。列の書式を文字列にしてください"
    ),
    "row {row:number} has the same contract and line with other values; that row counts": (
        "{row}行目と契約番号・明細番号が同じで、内容が違います。{row}行目を採りました"
    ),
    # contracts/files/csv_sheet.py
    "its quotes are wrong ({why}); a quote inside a cell is written twice": (
        "引用符の使い方が正しくありません（{why}）。セルの中の引用符は、2つ重ねて書いてください"
    ),
}

FILES = {
    "is an old or password-protected Excel file; save it as .xlsx without a password": (
        "古い形式か、パスワードの付いた Excel ファイルです。パスワードなしの .xlsx で保存してください"
    ),
    "is in UTF-16; save it as 'CSV UTF-8'": "UTF-16 のファイルです。「CSV UTF-8」で保存してください",
    f"is a directory; give {_FORMS}": f"フォルダーです。{_GIVE}",
    f"there is no such file; give {_FORMS}": f"ファイルがありません。{_GIVE}",
    f"is not a regular file; give {_FORMS}": f"通常のファイルではありません。{_GIVE}",
    f"is empty; give {_FORMS} with a header row": f"空のファイルです。見出し行のある{_GIVE}",
    "cannot be read: {why}": "読み込めません：{why}",
    "changed or became unreadable while it was read: {why}": "読み込み中に変わったか、読めなくなりました：{why}",
    "a quote is opened in the record that starts on line {line:number} and never closed properly; close or remove it": (
        "{line}行目から始まる行の引用符が、正しく閉じられていません。閉じるか、取り除いてください"
    ),
    "has more than {most:number} rows; split it": "{most}行を超えています。分割してください",
    "is UTF-8, but damaged on line {line:number}; save it again as 'CSV UTF-8'": (
        "UTF-8 のファイルですが、{line}行目が壊れています。「CSV UTF-8」で保存し直してください"
    ),
    "is neither UTF-8 (line {line:number}) nor CP932 (line {other:number}); save it as 'CSV UTF-8'": (
        "UTF-8（{line}行目）でも CP932（{other}行目）でもありません。「CSV UTF-8」で保存してください"
    ),
    f"is no text file: it holds a NUL byte on line {{line:number}}; give {_FORMS}": (
        f"テキストファイルではありません（{{line}}行目に NUL があります）。{_GIVE}"
    ),
    "has no row at all; the first row must be the header": "行がありません。1行目は見出しにしてください",
    "has a header row and nothing below it": "見出し行だけで、その下に行がありません",
    "the header row lacks a required column: months/契約月数 or term_end/利用終了日": (
        "見出し行に必須の列がありません：契約月数か利用終了日"
    ),
    "the header row lacks the required column(s) {columns}": "見出し行に必須の列がありません：{columns}",
    "the header has the column {name} twice ({text}); keep one of them": (
        "見出しに同じ列が2つあります：{name}（{text}）。1つだけにしてください"
    ),
    "has no visible sheet; put the book of contracts on the first sheet": (
        "表示されているシートがありません。契約台帳を最初のシートに入れてください"
    ),
    f"is damaged, or no Excel workbook ({{why}}); give {_FORMS}": (
        f"壊れているか、Excel ブックではありません（{{why}}）。{_GIVE}"
    ),
    "is larger than {most:number} MiB; split it, or save it as CSV": (
        "{most} MiB を超えています。分割するか、CSV で保存してください"
    ),
    "unpacks to more than {most:number} MiB; split it, or save it as CSV": (
        "展開すると {most} MiB を超えます。分割するか、CSV で保存してください"
    ),
    "--strict: a row was rejected, so nothing was written": (
        "受け付けられない行があるため、何も取り込みませんでした（--strict）"
    ),
}
COLUMNS = {column.name: column.other_names[0] for column in BOOK_COLUMNS}


@cache
def why_not() -> Sentences:
    """Why a row or a file did not go in."""
    return Sentences(ROWS | FILES, {"day": DAY, "month": MONTH, "number": NUMBER})
