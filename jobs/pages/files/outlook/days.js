// kigen forecast: the months as a table of bars, and as calendars. Days are strings like 2026-12-01, so no time zone can move them.
"use strict";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAY_MS = 86400000;

const dayNumber = (day) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const dayOfNumber = (number) => new Date(number * DAY_MS).toISOString().slice(0, 10);
const weekdayOf = (day) => (new Date(dayNumber(day) * DAY_MS).getUTCDay() + 6) % 7; // 0: Monday
const monthOf = (day) => day.slice(0, 7);
const weekdayInShort = (weekday) => inWords(WEEKDAYS[weekday].slice(0, 2));
const calledMonth = (month) => ({ month: MONTHS[Number(month.slice(5, 7)) - 1], year: month.slice(0, 4), number: Number(month.slice(5, 7)) });
const monthName = (month) => inWords("{month} {year}", calledMonth(month));
const counted = (count) => inWords(count === 1 ? "{count} notice" : "{count} notices", { count: count.toLocaleString("en") });
const countedHeld = (count) => inWords("{count} held", { count: count.toLocaleString("en") });

function dayName(day) {
  const weekday = weekdayOf(day);
  return inWords("{weekday}, {day} {month} {year}", { ...calledMonth(day), day: Number(day.slice(8)), weekday: WEEKDAYS[weekday], short: weekdayInShort(weekday) });
}

function monthsBetween(first, last) {
  const months = [];
  let [year, number] = first.split("-").map(Number);
  for (let month = monthOf(first); month <= monthOf(last); ) {
    months.push(month);
    [year, number] = number === 12 ? [year + 1, 1] : [year, number + 1];
    month = `${year}-${String(number).padStart(2, "0")}`;
  }
  return months;
}

// One pass: how many of each kind on each day and in each month. `held` counts those that wait for a person.
function tallied(notices) {
  const days = new Map();
  const months = new Map();
  const total = { all: 0, held: 0, kinds: new Map() };
  const tallyOf = (map, key) => {
    if (!map.has(key)) map.set(key, { all: 0, held: 0, kinds: new Map() });
    return map.get(key);
  };
  for (const notice of notices) {
    for (const tally of [tallyOf(days, notice.day), tallyOf(months, monthOf(notice.day)), total]) {
      tally.all += 1;
      if (notice.action === "hold") tally.held += 1;
      tally.kinds.set(notice.kind, (tally.kinds.get(notice.kind) ?? 0) + 1);
    }
  }
  return { days, months, total };
}

const NOTHING = { all: 0, held: 0, kinds: new Map() };

function barOf(tally, kinds, most) {
  const bar = element("span", "bar");
  bar.setAttribute("aria-hidden", "true");
  bar.style.width = `${most ? Math.max(tally.all ? 3 : 0, (100 * tally.all) / most) : 0}%`;
  for (const { name, colour } of kinds) {
    const count = tally.kinds.get(name) ?? 0;
    if (!count) continue;
    const part = element("span", `part ${colour}`);
    part.style.flexGrow = count;
    bar.append(part);
  }
  return bar;
}

const spoken = (tally, kinds) =>
  [...kinds.filter(({ name }) => tally.kinds.get(name)).map(({ name }) => `${tally.kinds.get(name)} ${visible(called(name))}`), ...(tally.held ? [countedHeld(tally.held)] : [])].join(", ");

function monthTable(months, tallies, kinds, chosen) {
  const most = Math.max(...months.map((month) => (tallies.months.get(month) ?? NOTHING).all), 1);
  const head = document.createElement("tr");
  const heading = (text, className = "") => {
    const cell = element("th", className, text);
    cell.scope = "col";
    return cell;
  };
  head.append(heading(inWords("Month"), "month"), heading("", "bars"));
  head.lastChild.append(element("span", "unheard", inWords("Bar")));
  for (const { name, colour } of kinds) head.append(within(heading("", "count"), element("span", `dot ${colour}`), data("span", "kind-name", called(name))));
  head.append(heading(inWords("Held"), "count"), heading(inWords("All"), "count"));
  const row = (label, tally, bar) => {
    const line = document.createElement("tr");
    label.scope = "row";
    line.append(label, within(element("td", "bars"), bar));
    for (const { name } of kinds) line.append(numberCell(tally.kinds.get(name) ?? 0));
    line.append(numberCell(tally.held, tally.held ? "held" : ""), numberCell(tally.all, "all"));
    return line;
  };
  const numberCell = (count, className = "") => element("td", `count ${className} ${count ? "" : "zero"}`, count ? count.toLocaleString("en") : "–");
  const body = document.createElement("tbody");
  for (const month of months) {
    const tally = tallies.months.get(month) ?? NOTHING;
    const button = element("button", "", monthName(month));
    button.type = "button";
    button.dataset.at = month;
    press(button, month === chosen);
    body.append(row(within(element("th", "month"), button), tally, barOf(tally, kinds, most)));
  }
  const foot = document.createElement("tfoot");
  foot.append(row(element("th", "month", inWords("All")), tallies.total, ""));
  return [within(document.createElement("thead"), head), body, foot];
}

function monthCalendar(month, period, tallies, kinds, most) {
  const table = document.createElement("table");
  const whole = tallies.months.get(month) ?? NOTHING;
  const title = within(element("h3", "month-title", monthName(month)), element("span", "of-month", whole.all ? counted(whole.all) : ""));
  title.id = `title-${month}`;
  table.setAttribute("aria-labelledby", title.id);
  const head = document.createElement("tr");
  for (const [weekday, name] of WEEKDAYS.entries()) {
    const cell = element("th", "", weekdayInShort(weekday));
    cell.scope = "col";
    cell.abbr = inWords(name);
    head.append(cell);
  }
  table.append(within(document.createElement("thead"), head));
  const body = document.createElement("tbody");
  const start = dayNumber(`${month}-01`) - weekdayOf(`${month}-01`);
  for (let week = 0; week < 6; week += 1) {
    const days = Array.from({ length: 7 }, (_, index) => dayOfNumber(start + week * 7 + index));
    if (!days.some((day) => monthOf(day) === month && day >= period.first && day <= period.last)) continue;
    const line = document.createElement("tr");
    for (const day of days) line.append(monthOf(day) === month ? dayCell(day, period, tallies.days.get(day) ?? NOTHING, kinds, most) : element("td", "outside"));
    body.append(line);
  }
  table.append(body);
  return within(element("div", "calendar-month"), title, table);
}

function dayCell(day, { first, last, closed }, tally, kinds, most) {
  const cell = element("td", "day");
  const number = element("span", "number", String(Number(day.slice(8))));
  if (day < first || day > last) return cell.classList.add("beyond"), within(cell, number);
  const why = closed[day];
  if (why !== undefined) cell.classList.add("closed");
  if (!tally.all) {
    if (why) cell.title = visible(why);
    return within(cell, number);
  }
  const button = element("button", "");
  button.type = "button";
  button.dataset.at = day;
  button.tabIndex = -1;
  const notes = [dayName(day), ...(why ? [visible(why)] : []), `${counted(tally.all)}: ${spoken(tally, kinds)}`];
  button.setAttribute("aria-label", notes.join(", "));
  button.title = notes.join("\n");
  button.append(number, element("span", "many", tally.all.toLocaleString("en")), barOf(tally, kinds, most));
  if (tally.held) button.append(element("span", "held-mark", ""));
  return within(cell, button);
}
