// kigen gallery: one mail as elements, in each of its views. Its HTML goes into a sandboxed frame and nowhere else.
"use strict";

const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

// A link that names its own target would put a refused page in the mail's place, hence no clicks on links.
const FRAME_HEAD = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${MAIL_POLICY}">
<base target="_blank"><style>a, area, button, input { pointer-events: none }</style>`;

const MAIL_VIEWS = {
  html: frameOf,
  text: (mail) => element("pre", "text data", mail.text),
  headers: (mail) => within(element("table", "headers"), within(element("tbody"), ...mail.headers.map(headerOf))),
  source: (mail) => element("pre", "source data", visible(mail.source.replaceAll("\r\n", "\n"))),
};

function headerOf([name, value]) {
  const term = data("th", "", name);
  term.scope = "row";
  return within(element("tr"), term, data("td", "", value));
}

function frameOf(mail) {
  let html = mail.html;
  for (const part of mail.parts) {
    if (part.image) html = html.replaceAll(`cid:${part.contentId}`, () => part.image);
  }
  const frame = element("iframe");
  frame.setAttribute("sandbox", ""); // no scripts, no forms, no way out; links do nothing
  frame.referrerPolicy = "no-referrer";
  frame.title = inWords("The mail as HTML");
  frame.srcdoc = FRAME_HEAD + html;
  return frame;
}

function partOf({ name, type, size, text, image }) {
  const label = [data("span", "", name || inWords(image ? "Inline image" : "Attachment")), data("span", "side", `${type} · ${sizeOf(size)}`)];
  if (text === null) return within(element("p"), ...label);
  return within(element("details"), within(element("summary"), ...label), element("pre", "data", visible(text.replaceAll("\r\n", "\n"))));
}

const sizeOf = (bytes) => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0)} KB`);
