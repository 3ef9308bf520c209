// kigen gallery: the list, its filters, and the chosen decision with its mail.
"use strict";
(() => {
  const ROW_HEIGHT = 76; // as in style.css
  const ROWS_BEYOND = 6; // drawn above and below what is in sight
  const CHUNKS_KEPT = 8;
  const DESKTOP_WIDTH = 640; // a narrower pane shows the desktop view scaled down
  const FACETS = ["action", "day", "kind", "reason", "partner"];
  const CODES = ["kind", "reason"]; // the facets whose values have names for people
  const ACTIONS = { send: "Send", skip: "Skip", hold: "Hold" };
  const narrow = matchMedia("(max-width: 760px)");
  const byId = (id) => document.getElementById(id);
  const list = byId("list");
  const rows = byId("rows");

  let entries = [];
  let chunks = [];
  let found = []; // the entries that pass the filters
  let chosen = null; // the entry that is open
  let shown = null; // what its chunk says of it
  let view = "html";
  let width = narrow.matches ? "phone" : "desktop";
  let addressing = 0; // the timer that will set the page's address
  const wanted = Object.fromEntries(FACETS.map((facet) => [facet, null])); // null: all

  // ---- Data: the list at once, the rest when it is asked for

  const arrived = new Map(); // chunk number → {digest, mails}
  const loading = new Map(); // chunk number → promise of its mails

  globalThis.kigenGallery = {
    list: ({ title, madeFor, language, codes, fields, rows: table, chunks: sizes }) => {
      speak(language, codes);
      entries = table.map((row, index) => entryOf(fields, row, index + 1));
      chunks = sizes;
      start(title, madeFor);
    },
    mails: (number, digest, mails) => arrived.set(number, { digest, mails }),
  };

  function entryOf(fields, row, number) {
    const entry = Object.fromEntries(fields.map((name, index) => [name, row[index]]));
    const words = [entry.company, `${entry.contract}/${entry.line}`, entry.subject, entry.people, entry.partner, entry.occasion, entry.reason, called(entry.reason), called(entry.kind)];
    return { ...entry, number, words: folded(words.join("\n")) };
  }

  const actionOf = (entry) => (entry.action in ACTIONS ? inWords(ACTIONS[entry.action]) : entry.action);
  const folded = (text) => text.normalize("NFKC").toLowerCase();

  function placeOf(number) {
    let index = number - 1;
    let chunk = 0;
    while (index >= chunks[chunk][0]) index -= chunks[chunk++][0];
    return { chunk: chunk + 1, index };
  }

  async function detailsOf(number) {
    const { chunk, index } = placeOf(number);
    if (!loading.has(chunk)) loading.set(chunk, loaded(chunk));
    try {
      return (await loading.get(chunk))[index];
    } catch (error) {
      loading.delete(chunk);
      throw error;
    }
  }

  function loaded(chunk) {
    for (const old of [...loading.keys()].slice(0, -CHUNKS_KEPT)) loading.delete(old);
    const name = `data/mails-${String(chunk).padStart(4, "0")}.js`;
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.onload = () => {
        const { digest, mails } = arrived.get(chunk) ?? {};
        arrived.delete(chunk);
        script.remove();
        if (digest === chunks[chunk - 1][1]) resolve(mails);
        else reject(new Error(inWords("This preview was written anew while the page was open. Reload the page.")));
      };
      script.onerror = () => {
        script.remove();
        reject(new Error(inWords("{name} could not be read. It belongs beside this page.", { name })));
      };
      script.src = name;
      document.head.append(script);
    });
  }

  // ---- Filters: one pass counts, per facet, what the other filters leave

  function refilter() {
    const words = folded(byId("search").value).split(/\s+/).filter(Boolean);
    const counts = Object.fromEntries(FACETS.map((facet) => [facet, new Map()]));
    found = [];
    for (const entry of entries) {
      if (!words.every((word) => entry.words.includes(word))) continue;
      const against = FACETS.filter((facet) => wanted[facet] !== null && wanted[facet] !== entry[facet]);
      if (against.length === 0) found.push(entry);
      if (against.length > 1) continue;
      for (const facet of against.length ? against : FACETS) {
        counts[facet].set(entry[facet], (counts[facet].get(entry[facet]) ?? 0) + 1);
      }
    }
    showCounts(counts, words.length > 0);
    showList();
  }

  const everything = (counts) => [...counts.values()].reduce((sum, count) => sum + count, 0);

  function showCounts(counts, isSearched) {
    for (const button of byId("actions").children) {
      const count = button.value ? counts.action.get(button.value) ?? 0 : everything(counts.action);
      button.querySelector(".count").textContent = count.toLocaleString("en");
      press(button, (button.value || null) === wanted.action);
    }
    for (const facet of FACETS.slice(1)) fillFacet(facet, counts[facet]);
    const all = entries.length.toLocaleString("en");
    byId("found").textContent = found.length === entries.length ? inWords("{all} decisions", { all }) : inWords("{found} of {all} decisions", { found: found.length.toLocaleString("en"), all });
    byId("clear").hidden = !isSearched && FACETS.every((facet) => wanted[facet] === null);
  }

  function fillFacet(facet, counts) {
    const select = byId(`facet-${facet}`);
    if (wanted[facet] !== null && !counts.has(wanted[facet])) counts.set(wanted[facet], 0);
    const named = CODES.includes(facet) ? called : (value) => value;
    const values = [...counts.keys()].sort((one, other) => named(one).localeCompare(named(other), "ja"));
    const option = (value, text) => Object.assign(say(document.createElement("option"), text), { value });
    select.replaceChildren(
      option("", inWords("All ({count})", { count: everything(counts).toLocaleString("en") })),
      ...values.map((value) => option(`=${value}`, inWords("{name} ({count})", { name: visible(named(value)) || inWords("none"), count: counts.get(value).toLocaleString("en") }))),
    );
    select.value = wanted[facet] === null ? "" : `=${wanted[facet]}`;
    select.classList.toggle("set", wanted[facet] !== null);
  }

  function clearFilters() {
    byId("search").value = "";
    for (const facet of FACETS) wanted[facet] = null;
    refilter();
    showChosenInList();
  }

  // ---- The list: only the rows in sight exist

  function showList() {
    list.scrollTop = 0;
    rows.style.height = found.length ? `${found.length * ROW_HEIGHT}px` : "auto";
    drawRows();
  }

  function drawRows() {
    if (!found.length) return rows.replaceChildren(element("p", "empty", inWords("Nothing matches these filters.")));
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - ROWS_BEYOND);
    const last = Math.min(found.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_HEIGHT) + ROWS_BEYOND);
    rows.replaceChildren(...found.slice(first, last).map((entry, index) => rowOf(entry, first + index)));
    if (chosen && rows.querySelector(`#row-${chosen.number}`)) list.setAttribute("aria-activedescendant", `row-${chosen.number}`);
    else list.removeAttribute("aria-activedescendant");
  }

  function rowOf(entry, position) {
    const row = element("div", "row");
    row.id = `row-${entry.number}`;
    row.dataset.number = entry.number;
    row.style.top = `${position * ROW_HEIGHT}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(entry === chosen));
    row.setAttribute("aria-posinset", position + 1);
    row.setAttribute("aria-setsize", found.length);
    const word = within(element("span", `word ${entry.action}`), element("span", `mark ${entry.action}`), `${actionOf(entry)} · ${visible(called(entry.reason))}`);
    const kind = data("span", "grow end", entry.subject ? called(entry.kind) : "");
    return within(
      row,
      within(element("div"), data("span", "company grow", entry.company || "—"), element("span", "side", entry.day)),
      within(element("div"), data("span", "subject grow", entry.subject || inWords("{kind}, no mail", { kind: called(entry.kind) }))),
      within(element("div", "under"), word, kind, data("span", "side", `${entry.contract}/${entry.line}`)),
    );
  }

  function showChosenInList() {
    const position = found.indexOf(chosen);
    if (position >= 0) {
      const top = position * ROW_HEIGHT;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + ROW_HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_HEIGHT - list.clientHeight;
    }
    drawRows();
  }

  function move(steps) {
    if (!found.length) return;
    const position = found.indexOf(chosen);
    const next = position < 0 ? 0 : Math.min(found.length - 1, Math.max(0, position + steps));
    open(found[next]);
    clearTimeout(addressing); // browsers refuse a page that changes its address with every repeat of a held key
    addressing = setTimeout(() => location.replace(`#${chosen.number}`), 250);
  }

  // ---- The chosen entry

  function openFromAddress() {
    const [number, ...wishes] = location.hash.slice(1).split("/");
    for (const wish of wishes) {
      if (wish === "desktop" || wish === "phone") width = wish;
      if (["html", "text", "headers", "source"].includes(wish)) view = wish;
    }
    const entry = /^\d+$/.test(number) ? entries[Number(number) - 1] : undefined;
    if (entry && entry !== chosen) open(entry);
    else if (entry) document.body.classList.add("reading"), showView();
    else document.body.classList.remove("reading");
  }

  async function open(entry) {
    chosen = entry;
    shown = null;
    document.body.classList.add("reading");
    byId("detail").hidden = false;
    showHead(entry);
    showChosenInList();
    try {
      const details = await detailsOf(entry.number);
      if (entry !== chosen) return; // another one was opened meanwhile
      shown = details;
      showTrouble("");
      showDetails(entry, details);
    } catch (error) {
      if (entry !== chosen) return;
      byId("facts").replaceChildren();
      showTrouble(error.message);
    }
  }

  function showTrouble(message) {
    say(byId("trouble"), message).hidden = message === "";
    byId("columns").hidden = message !== "";
  }

  function showHead(entry) {
    say(byId("action"), actionOf(entry)).className = `badge ${entry.action}`;
    showCalled("reason", entry.reason);
    showCalled("kind", entry.kind);
    byId("number").textContent = inWords("{number} of {all}", { number: entry.number.toLocaleString("en"), all: entries.length.toLocaleString("en") });
    byId("subject").replaceChildren(data("span", "", entry.subject || entry.company || inWords("No mail")));
  }

  // What a code is called; what programs call it when it is pointed at.
  function showCalled(id, code) {
    say(byId(id), visible(called(code))).title = called(code) === code ? "" : visible(code);
  }

  function pair(term, value, className = "") {
    return within(document.createElement("div"), element("dt", "", inWords(term)), data("dd", className, value));
  }

  function showDetails(entry, details) {
    const facts = [details.to.length ? pair("To", details.to.join(", ")) : pair("To", inWords("nobody"), "none")];
    if (details.cc.length) facts.push(pair("Cc", details.cc.join(", ")));
    if (entry.company && entry.subject) facts.push(pair("Company", entry.company));
    facts.push(pair("Contract", `${entry.contract}/${entry.line}`));
    if (entry.partner) facts.push(pair("Partner", entry.partner));
    byId("facts").replaceChildren(...facts);
    showWhy(entry, details);
    const mail = details.mail;
    byId("mail").hidden = mail === null;
    byId("columns").classList.toggle("unwritten", mail === null);
    byId("panel").replaceChildren();
    if (mail === null) return;
    showParts(mail.parts);
    showView();
  }

  function showWhy(entry, { dueOn, notAfter, checks }) {
    const days = [["Decided for", entry.day], ["Due on", dueOn ?? "—"], ["Last day", notAfter ?? "—"], ["Occasion", entry.occasion]];
    byId("days").replaceChildren(...days.flatMap(([term, value]) => [element("dt", "", inWords(term)), data("dd", "", value)]));
    byId("checks").replaceChildren(...checks.map(checkOf));
  }

  function checkOf([rule, text, passed]) {
    const [className, sign, spoken] = passed === null ? ["unasked", "–", "Did not apply"] : passed ? ["passed", "✓", "Holds"] : ["failed", "✗", "Does not hold"];
    const mark = element("span", "sign", sign);
    mark.setAttribute("aria-hidden", "true");
    const said = within(element("span", "said"), element("span", "unheard", `${inWords(spoken)}: `), withWholeDays(data("span", "", text)));
    return within(element("li", className), mark, said, rule ? data("span", "rule", rule) : "");
  }

  // ---- The mail, one of four views, at one of two widths

  function showView() {
    const mail = shown?.mail;
    if (!mail) return;
    const has = { html: mail.html !== null, text: mail.text !== null, headers: true, source: true };
    const current = has[view] ? view : ["html", "text", "headers"].find((name) => has[name]);
    for (const tab of byId("views").children) {
      const isCurrent = tab.dataset.view === current;
      tab.setAttribute("aria-selected", String(isCurrent));
      tab.tabIndex = isCurrent ? 0 : -1;
      tab.disabled = !has[tab.dataset.view];
    }
    for (const button of byId("widths").children) press(button, button.dataset.width === width);
    const panel = byId("panel");
    panel.classList.toggle("phone", width === "phone");
    panel.scrollTop = 0;
    panel.replaceChildren(MAIL_VIEWS[current](mail));
    fitFrame();
  }

  function fitFrame() {
    const panel = byId("panel");
    const frame = panel.querySelector("iframe");
    if (!frame) return;
    const scale = width === "desktop" ? Math.min(1, panel.clientWidth / DESKTOP_WIDTH) : 1;
    const isScaled = scale > 0 && scale < 1;
    frame.style.width = isScaled ? `${DESKTOP_WIDTH}px` : "";
    frame.style.height = isScaled ? `${panel.clientHeight / scale}px` : "";
    frame.style.transform = isScaled ? `scale(${scale})` : "";
  }

  function showParts(parts) {
    byId("parts").hidden = parts.length === 0;
    byId("parts").replaceChildren(...parts.map(partOf));
  }

  // ---- What the hands do

  const PAGE = 10;
  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches("input");
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "Escape" && document.body.classList.contains("reading") && narrow.matches) {
      back();
    } else if (event.key in STEPS && !event.target.matches("select, [role=tab], #panel, #panel *") && !(isTyping && !event.key.startsWith("Arrow"))) {
      event.preventDefault();
      move(STEPS[event.key]);
    }
  }

  function onTabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tabs = [...byId("views").children].filter((tab) => !tab.disabled);
    if (!step) return;
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  }

  function back() {
    clearTimeout(addressing);
    location.hash = "";
    list.focus();
  }

  function makeActions() {
    const one = ([value, label]) => {
      const button = within(Object.assign(element("button"), { type: "button", value }), inWords(label), element("span", "count"));
      button.onclick = () => choose("action", value || null);
      return button;
    };
    byId("actions").append(...[["", "All"], ...Object.entries(ACTIONS)].map(one));
  }

  function choose(facet, value) {
    wanted[facet] = value;
    refilter();
    showChosenInList();
  }

  function listen() {
    let isDrawing = false;
    list.addEventListener("scroll", () => {
      if (isDrawing) return;
      isDrawing = true;
      requestAnimationFrame(() => {
        isDrawing = false;
        drawRows();
      });
    });
    list.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (!row) return;
      clearTimeout(addressing);
      location.hash = `#${row.dataset.number}`;
    });
    byId("search").addEventListener("input", refilter);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    for (const facet of FACETS.slice(1)) {
      byId(`facet-${facet}`).addEventListener("change", ({ target }) => choose(facet, target.value ? target.value.slice(1) : null));
    }
    byId("clear").addEventListener("click", clearFilters);
    byId("back").addEventListener("click", back);
    byId("views").addEventListener("keydown", onTabKey);
    for (const tab of byId("views").children) tab.onclick = () => ((view = tab.dataset.view), showView());
    for (const button of byId("widths").children) button.onclick = () => ((width = button.dataset.width), showView());
    document.addEventListener("keydown", onKey);
    addEventListener("hashchange", openFromAddress);
    new ResizeObserver(drawRows).observe(list);
    new ResizeObserver(fitFrame).observe(byId("panel"));
  }

  function hideIdleFacets() {
    for (const facet of FACETS.slice(1)) byId(`facet-${facet}`).parentElement.hidden = new Set(entries.map((entry) => entry[facet])).size < 2;
  }

  function start(title, madeFor) {
    say(byId("title"), visible(title));
    say(byId("made-for"), visible(madeFor));
    document.title = madeFor ? `${visible(title)} · ${visible(madeFor)}` : visible(title);
    makeActions();
    hideIdleFacets();
    listen();
    refilter();
    if (!location.hash && entries.length && !narrow.matches) location.replace("#1");
    else openFromAddress();
  }
})();
