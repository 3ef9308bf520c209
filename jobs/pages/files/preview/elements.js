// kigen gallery: elements made from data. Text goes in as text (textContent) and is never read as HTML.
"use strict";

const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff]/;
// Signs that nobody sees and that turn lines around, hide or imitate: shown by their number.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const visible = (text) => text.replace(UNSEEN, (sign) => `⟨U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

function say(node, text) {
  node.textContent = text;
  if (JAPANESE.test(text)) node.lang = "ja";
  else node.removeAttribute("lang");
  return node;
}

function element(name, className = "", text = null) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== null) say(node, text);
  return node;
}

const data = (name, className, text) => {
  const node = element(name, `data ${className}`, visible(text));
  node.dir = "auto";
  return node;
};

// A day is not broken at its hyphens; the text stays the same to search and to copy.
function withWholeDays(node) {
  const pieces = node.textContent.split(/(\d{4}-\d{2}-\d{2}|\d{4}年\d{1,2}月(?:\d{1,2}日(?:（.）)?)?)/);
  node.replaceChildren(...pieces.map((piece, index) => (index % 2 ? element("span", "whole", piece) : piece)));
  return node;
}

function within(parent, ...children) {
  parent.append(...children);
  return parent;
}

const press = (button, on) => button.setAttribute("aria-pressed", String(on));
