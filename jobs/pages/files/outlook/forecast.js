// kigen forecast: what is chosen, by which filters, and what the page shows of it.
"use strict";
(() => {
  const ROW_HEIGHT = 64; // as in style.css
  const COLOURS = 6;
  const narrow = matchMedia("(max-width: 900px)");
  const byId = (id) => document.getElementById(id);

  let notices = [];
  let months = [];
  let period = null;
  let kinds = []; // all of the page, each with its colour
  let found = []; // the notices that pass the filters
  let reader = null;
  let opened = null;
  let at = ""; // a day, a month, or "" for the whole period
  const hidden = new Set(); // kinds that are switched off
  const lines = lazyList({ list: byId("list"), rows: byId("rows"), rowHeight: ROW_HEIGHT, rowOf, onOpen: open });

  globalThis.kigenForecast = {
    days: ({ title, madeFor, language, codes, first, last, closed, kinds: known, fields, rows, accounts, chunks }) => {
      speak(language, codes);
      notices = rows.map((row, index) => noticeOf(fields, row, accounts, index));
      period = { first, last, closed };
      months = monthsBetween(first, last);
      const there = new Set(notices.map((notice) => notice.kind));
      const names = [...new Set([...known, ...there])]; // a kind keeps its colour from page to page
      kinds = names.map((name, index) => ({ name, colour: `k${index % COLOURS}` })).filter(({ name }) => there.has(name));
      reader = checksReader(chunks);
      start(title, madeFor);
    },
    why: (number, digest, checks) => reader.arrive(number, digest, checks),
  };

  const folded = (text) => text.normalize("NFKC").toLowerCase();

  function noticeOf(fields, row, accounts, index) {
    const notice = Object.fromEntries(fields.map((name, place) => [name, row[place]]));
    const [company, partner, to, cc] = accounts[notice.account];
    const words = folded([company, `${notice.contract}/${notice.line}`, partner, to, cc, notice.occasion, notice.reason, called(notice.reason), called(notice.kind)].join("\n"));
    return { ...notice, company, partner, to, cc, index, words };
  }

  const colourOf = (kind) => kinds.find(({ name }) => name === kind).colour;

  // ---- Filters

  function refilter() {
    const words = folded(byId("search").value).split(/\s+/).filter(Boolean);
    const partner = byId("partner").value;
    const action = byId("action").value;
    const passes = (notice) =>
      (!partner || `=${notice.partner}` === partner) && (!action || notice.action === action) && words.every((word) => notice.words.includes(word));
    const passed = notices.filter(passes);
    found = passed.filter((notice) => !hidden.has(notice.kind));
    byId("clear").hidden = !words.length && !partner && !action && !hidden.size;
    showKinds(tallied(passed).total);
    showDays();
    showPanel();
  }

  function clear() {
    for (const id of ["search", "partner", "action"]) byId(id).value = "";
    hidden.clear();
    refilter();
  }

  function showKinds(total) {
    byId("kinds").replaceChildren(
      ...kinds.map(({ name, colour }) => {
        const button = within(element("button", "kind"), element("span", `dot ${colour}`), data("span", "", called(name)));
        button.type = "button";
        button.append(element("span", "many", (total.kinds.get(name) ?? 0).toLocaleString("en")));
        press(button, !hidden.has(name));
        button.onclick = () => toggle(name);
        return button;
      }),
    );
  }

  function toggle(name) {
    if (!hidden.delete(name)) hidden.add(name);
    refilter();
    byId("kinds").children[kinds.findIndex((kind) => kind.name === name)].focus();
  }

  // ---- Months and days

  function showDays() {
    const tallies = tallied(found);
    const shown = kinds.filter(({ name }) => !hidden.has(name));
    const most = Math.max(...[...tallies.days.values()].map((tally) => tally.all), 1);
    byId("sum").textContent = counted(tallies.total.all);
    byId("sum-said").textContent = [...(tallies.total.held ? [countedHeld(tallies.total.held)] : []), inWords("{count} of {all} days", { count: tallies.days.size.toLocaleString("en"), all: (dayNumber(period.last) - dayNumber(period.first) + 1).toLocaleString("en") })].join(" · ");
    byId("months").replaceChildren(...monthTable(months, tallies, shown, at));
    byId("calendar").replaceChildren(...months.map((month) => monthCalendar(month, period, tallies, shown, most)));
    markChosen();
  }

  function markChosen() {
    const buttons = [...byId("calendar").querySelectorAll("button")];
    for (const button of [...buttons, ...byId("months").querySelectorAll("button")]) press(button, button.dataset.at === at);
    for (const button of buttons) button.tabIndex = -1;
    const entry = buttons.find((button) => button.dataset.at === at) ?? buttons.find((button) => button.dataset.at.startsWith(at)) ?? buttons[0];
    if (entry) entry.tabIndex = 0;
  }

  // From day to day that has notices; up and down by a week, or what comes next beyond it.
  function onDayKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = [...byId("calendar").querySelectorAll("button")];
    const from = dayNumber(event.target.dataset.at);
    const ahead = step > 0 ? buttons : [...buttons].reverse();
    const next = ahead.find((button) => Math.sign(step) * (dayNumber(button.dataset.at) - from) >= Math.abs(step));
    event.preventDefault();
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  // ---- The notices of what is chosen

  function showPanel() {
    const here = at ? found.filter((notice) => notice.day.startsWith(at)) : found;
    const tally = tallied(here).total;
    const why = period.closed[at];
    say(byId("panel-title"), at.length === 10 ? dayName(at) : at ? monthName(at) : inWords("Whole period"));
    say(byId("panel-sum"), [counted(tally.all), ...(tally.held ? [countedHeld(tally.held)] : []), ...(why ? [visible(why)] : [])].join(" · "));
    byId("all").hidden = at === "";
    close();
    lines.show(here);
  }

  function rowOf(notice) {
    const row = element("div", "row");
    const side = at.length === 10 ? `${notice.contract}/${notice.line}` : notice.day;
    const state = notice.action === "hold" ? element("span", "badge", inWords("held: {reason}", { reason: visible(called(notice.reason)) })) : "";
    return within(
      row,
      within(element("div"), data("span", "company grow", notice.company || "—"), data("span", "side", side)),
      within(element("div", "under"), element("span", `dot ${colourOf(notice.kind)}`), data("span", "grow", `${called(notice.kind)} ${notice.occasion}`), state),
    );
  }

  const pair = (term, value) => within(document.createElement("div"), element("dt", "", inWords(term)), data("dd", "", value));

  async function open(notice) {
    opened = notice;
    say(byId("detail-title"), visible(notice.company || `${notice.contract}/${notice.line}`));
    const facts = [
      ["Line", `${notice.contract}/${notice.line}`],
      ["Kind", called(notice.kind)],
      ["Occasion", notice.occasion],
      [notice.action === "hold" ? "Held on" : "Goes out", `${notice.day}${notice.action === "hold" ? `, ${called(notice.reason)}` : ""}`],
      ["Due on", notice.dueOn ?? "—"],
      ["Last day", notice.notAfter ?? "—"],
      ["To", notice.to || inWords("nobody")],
      ...(notice.cc ? [["Cc", notice.cc]] : []),
      ...(notice.partner ? [["Partner", notice.partner]] : []),
    ];
    byId("facts").replaceChildren(...facts.map(([term, value]) => pair(term, value)));
    byId("checks").replaceChildren();
    say(byId("trouble"), "").hidden = true;
    byId("detail").hidden = false;
    byId("detail").scrollTop = 0;
    try {
      const checks = await reader.of(notice.index);
      if (opened === notice) byId("checks").replaceChildren(...checks.map(checkOf));
    } catch (error) {
      if (opened === notice) say(byId("trouble"), error.message).hidden = false;
    }
  }

  function checkOf([rule, text, passed]) {
    const mark = element("span", "sign", passed ? "✓" : "✗");
    mark.setAttribute("aria-hidden", "true");
    const said = within(element("span", "said"), element("span", "unheard", `${inWords(passed ? "Holds" : "Does not hold")}: `), data("span", "", text));
    return within(element("li", passed ? "passed" : "failed"), mark, said, rule ? data("span", "rule", rule) : "");
  }

  function close() {
    opened = null;
    byId("detail").hidden = true;
  }

  // ---- What the hands do

  function goFromAddress() {
    const wish = location.hash.slice(1);
    const isThere = /^\d{4}-\d{2}(-\d{2})?$/.test(wish) && wish >= monthOf(period.first) && wish.slice(0, 10) <= period.last;
    at = isThere ? wish : "";
    document.body.classList.toggle("reading", at !== "" || wish === "all");
    markChosen();
    showPanel();
    byId("calendar").querySelector(`[aria-pressed="true"]`)?.scrollIntoView({ block: "nearest" });
    if (narrow.matches && at) byId("back").focus();
  }

  function choose(event) {
    const button = event.target.closest("button[data-at]");
    if (button) location.hash = button.dataset.at === at && !narrow.matches ? "" : `#${button.dataset.at}`;
  }

  function back() {
    const from = at;
    location.hash = "";
    document.querySelector(`[data-at="${from}"]`)?.focus();
  }

  function fillPartners() {
    const names = [...new Set(notices.map((notice) => notice.partner))].sort((one, other) => one.localeCompare(other, "ja"));
    const option = (value, text) => Object.assign(say(document.createElement("option"), text), { value });
    byId("partner").replaceChildren(option("", inWords("All partners")), ...names.map((name) => option(`=${name}`, visible(name) || inWords("Without partner"))));
    byId("partner-label").hidden = names.length < 2;
  }

  function listen() {
    let waiting = 0;
    byId("search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(refilter, notices.length > 5000 ? 150 : 0);
    });
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("partner").addEventListener("change", refilter);
    byId("action").addEventListener("change", refilter);
    byId("clear").addEventListener("click", () => (clear(), byId("search").focus()));
    byId("months").addEventListener("click", choose);
    byId("calendar").addEventListener("click", choose);
    byId("calendar").addEventListener("keydown", onDayKey);
    byId("all").addEventListener("click", () => (location.hash = ""));
    byId("list-all").addEventListener("click", () => (location.hash = "#all"));
    byId("back").addEventListener("click", back);
    byId("close").addEventListener("click", () => (close(), lines.clear(), byId("list").focus()));
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.target.matches("input")) event.preventDefault(), byId("search").focus();
      else if (event.key === "Escape" && opened) close(), lines.clear(), byId("list").focus();
      else if (event.key === "Escape" && at) back();
    });
    addEventListener("hashchange", goFromAddress);
  }

  function start(title, madeFor) {
    say(byId("title"), visible(title));
    say(byId("made-for"), visible(madeFor));
    document.title = visible(`${title} ${madeFor}`);
    fillPartners();
    listen();
    refilter();
    goFromAddress();
  }
})();
