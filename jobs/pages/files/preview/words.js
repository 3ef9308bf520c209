// kigen pages: what a page itself says, in the language of who reads it. The English sentence is its name.
"use strict";

const JAPANESE_WORDS = {
  // Both pages
  "Search": "検索",
  "Clear filters": "条件をすべて外す",
  "Kind": "種類",
  "Reason": "理由",
  "Partner": "パートナー",
  "Why": "判断の根拠",
  "To": "宛先",
  "Cc": "写し",
  "Occasion": "対象",
  "Due on": "予定日",
  "Last day": "期限",
  "none": "なし",
  "nobody": "なし",
  "All ({count})": "すべて（{count}）",
  "{name} ({count})": "{name}（{count}）",
  "Holds": "満たしている",
  "Does not hold": "満たしていない",
  "{name} could not be read. It belongs beside this page.": "{name} を読み込めません。このページと同じ場所に必要です。",

  // The preview
  "Preview": "プレビュー",
  "move": "移動",
  "search": "検索",
  "Company, contract, subject, address": "会社名、契約番号、件名、アドレス",
  "Decisions": "判断の一覧",
  "Chosen decision": "選んだ判断",
  "Action": "処理",
  "Day": "日付",
  "Send": "送信",
  "Skip": "送らない",
  "Hold": "保留",
  "All": "すべて",
  "‹ All decisions": "‹ 一覧に戻る",
  "Mail": "メール",
  "View": "表示",
  "Text": "テキスト",
  "Headers": "ヘッダー",
  "Source": "ソース",
  "Width": "幅",
  "Desktop": "パソコン",
  "Phone": "スマートフォン",
  "Choose a decision on the left.": "左の一覧から選んでください。",
  "{all} decisions": "{all}件",
  "{found} of {all} decisions": "{all}件中 {found}件",
  "{number} of {all}": "{all}件中 {number}番目",
  "Nothing matches these filters.": "条件に合うものがありません。",
  "{kind}, no mail": "{kind}（メールなし）",
  "No mail": "メールなし",
  "Company": "会社名",
  "Contract": "契約・明細",
  "Decided for": "基準日",
  "Did not apply": "対象外",
  "The mail as HTML": "HTML のメール",
  "Inline image": "本文中の画像",
  "Attachment": "添付ファイル",
  "This preview was written anew while the page was open. Reload the page.": "表示している間に作り直されました。ページを読み込み直してください。",

  // The forecast
  "Forecast": "送信予定",
  "Company, contract, partner, address": "会社名、契約番号、販売パートナー、アドレス",
  "Sent or held": "送信か保留か",
  "Sent and held": "送信と保留",
  "Only sent": "送信のみ",
  "Only held": "保留のみ",
  "Days": "日ごとの予定",
  "List them": "一覧で見る",
  "Kinds of notice": "通知の種類",
  "By month": "月ごと",
  "By day": "日ごと",
  "days with notices": "通知のある日へ移動",
  "no business day": "休業日",
  "held: needs a person": "保留：担当者の対応が必要",
  "Notices": "通知の一覧",
  "‹ Calendar": "‹ カレンダーに戻る",
  "Show the whole period": "期間全体を見る",
  "Whole period": "期間全体",
  "Chosen notice": "選んだ通知",
  "Close": "閉じる",
  "Month": "月",
  "Bar": "グラフ",
  "Held": "保留",
  "All partners": "すべての販売パートナー",
  "Without partner": "販売パートナーなし",
  "Nothing goes out here.": "送信の予定がありません。",
  "Line": "契約・明細",
  "Goes out": "送信日",
  "Held on": "保留になる日",
  "held: {reason}": "保留：{reason}",
  "{count} held": "保留 {count}件",
  "{count} notice": "{count}件",
  "{count} notices": "{count}件",
  "{count} of {all} days": "{all}日のうち {count}日",
  "{month} {year}": "{year}年{number}月",
  "{weekday}, {day} {month} {year}": "{year}年{number}月{day}日（{short}）",
  "Mo": "月", "Tu": "火", "We": "水", "Th": "木", "Fr": "金", "Sa": "土", "Su": "日",
  "Monday": "月曜日", "Tuesday": "火曜日", "Wednesday": "水曜日", "Thursday": "木曜日", "Friday": "金曜日", "Saturday": "土曜日", "Sunday": "日曜日",
  "This forecast was written anew while the page was open. Reload the page.": "表示している間に作り直されました。ページを読み込み直してください。",
};

let pageWords = {}; // of the page's language; none for English
let pageCodes = new Map(); // code → what it is called

// `inWords("{found} of {all} decisions", { found: 3, all: 9 })`
function inWords(english, values = {}) {
  const text = Object.hasOwn(pageWords, english) ? pageWords[english] : english;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const called = (code) => pageCodes.get(code) ?? code;

// To be said before anything else is shown: what stands in the page already is said anew.
function speak(language, codes) {
  pageWords = language === "ja" ? JAPANESE_WORDS : {};
  pageCodes = new Map(Object.entries(codes));
  document.documentElement.lang = language;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data;
    if (text.trim()) texts.currentNode.data = text.replace(text.trim(), () => inWords(text.trim()));
  }
  for (const node of document.body.querySelectorAll("[aria-label], [placeholder]")) {
    for (const name of ["aria-label", "placeholder"]) if (node.hasAttribute(name)) node.setAttribute(name, inWords(node.getAttribute(name)));
  }
}
