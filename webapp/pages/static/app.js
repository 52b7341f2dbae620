// The insights page: sign-in, the choice of days, figures and cards, and messages if figures are missing.

import { RequestFailed, Session, SessionEnded } from "./api.js";
import { cards, dayText, duration, percent } from "./cards.js";
import { clear, draw } from "./charts.js";
import { daysBetween, load } from "./figures.js";
import { csv, download, element, json, table } from "./table.js";

const MAX_RANGE_DAYS = 3660;

const at = (id) => document.getElementById(id);
const signIn = at("sign-in").querySelector("form");
const range = at("range");
let session = null;
// The number of requests so far. The page shows only the response to the newest request.
let requests = 0;

signIn.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { email, password } = signIn.elements;
  const button = signIn.querySelector("button");
  button.disabled = true;
  try {
    session = await Session.signIn(email.value, password.value);
    password.value = "";
    at("sign-in").hidden = true;
    at("account").hidden = at("insights").hidden = false;
    await show();
    at("insights-title").focus();
  } catch (error) {
    refuse(error);
  } finally {
    button.disabled = false;
  }
});

range.addEventListener("change", () => {
  const isCustom = choice() === "custom";
  at("custom").hidden = !isCustom;
  if (!isCustom) show();
});

range.addEventListener("submit", (event) => {
  event.preventDefault();
  const { from, to } = range.elements;
  from.setCustomValidity(rangeProblem(from.value, to.value));
  if (range.reportValidity()) show();
});
// A browser does not send a form whose fields are invalid, so each correction clears the message.
range.addEventListener("input", () => range.elements.from.setCustomValidity(""));

function rangeProblem(from, to) {
  if (from > to) return "From must not be after To.";
  return (Date.parse(to) - Date.parse(from)) / 86_400_000 < MAX_RANGE_DAYS ? "" : "Choose at most ten years.";
}

at("reload").addEventListener("click", () => show());
at("sign-out").addEventListener("click", async () => {
  const ending = session;
  leave("");
  await ending.signOut().catch(() => null);
});

const choice = () => range.elements.range.value;

function refuse(error) {
  const message = error instanceof SessionEnded || error instanceof RequestFailed ? error.message : "The page has an error. Reload it.";
  at("refused").textContent = message;
  at("refused").hidden = false;
  if (!(error instanceof SessionEnded || error instanceof RequestFailed)) throw error;
}

function leave(reason) {
  session = null;
  requests += 1;
  clear();
  for (const id of ["numbers", "cards", "notices"]) at(id).replaceChildren();
  at("coverage").textContent = at("user").textContent = "";
  at("account").hidden = at("insights").hidden = true;
  at("refused").hidden = true;
  at("ended").hidden = !reason;
  at("ended").textContent = reason;
  at("sign-in").hidden = false;
  signIn.elements.email.focus();
}

async function show() {
  const { from, to } = range.elements;
  const chosen = choice() === "custom" ? { from: from.value, to: to.value } : choice();
  const number = (requests += 1);
  at("insights").setAttribute("aria-busy", "true");
  try {
    const found = await load(session, chosen);
    if (number === requests) render(found);
  } catch (error) {
    if (number !== requests) return;
    if (error instanceof SessionEnded) leave(`Your session has ended: ${error.message} Sign in again.`);
    else fail(error);
  } finally {
    if (number === requests) at("insights").removeAttribute("aria-busy");
  }
}

function fail(error) {
  const again = element("button", { type: "button", onclick: () => show() }, "Try again");
  const message = error instanceof RequestFailed ? error.message : "The page has an error.";
  at("notices").replaceChildren(element("div", { className: "notice bad", role: "alert" }, element("span", {}, message), again));
  if (!(error instanceof RequestFailed)) throw error;
}

function render(found) {
  const { from, to } = range.elements;
  [from.value, to.value] = [found.from, found.to];
  at("user").textContent = found.user.name;
  at("insights-title").textContent = "Your insights";
  at("coverage").textContent = coverage(found);
  at("notices").replaceChildren(...notices(found));
  const isFirstDay = found.now.source === "none";
  at("numbers").replaceChildren(...(isFirstDay ? [] : numbers(found)));
  clear();
  at("cards").replaceChildren();
  if (isFirstDay) return;
  for (const card of cards(found)) at("cards").append(built(card, found));
  for (const card of cards(found)) {
    if (card.plot && !card.isEmpty) draw(at(`plot-${card.id}`), card.plot);
  }
}

const moment = (text, timeZone) => new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(text));

const daysText = (count) => `${count} ${count === 1 ? "day" : "days"}`;

function coverage({ now, zone, from, to }) {
  const days = `${dayText(from, { dateStyle: "medium" })} to ${dayText(to, { dateStyle: "medium" })} (${daysText(daysBetween(from, to))})`;
  if (now.source === "none") return `Time zone: ${zone}.`;
  return `${days}. As of ${moment(now.as_of, zone)}, with all changes since ${moment(now.covers_from, zone)}. Time zone: ${zone}.`;
}

function notices({ now, zone, isStale, showsProvisional }) {
  const found = [];
  const add = (kind, ...text) => found.push(element("div", { className: `notice ${kind}` }, element("span", {}, ...text)));
  if (now.source === "none") {
    const docs = element("a", { href: "/docs" }, "Swagger UI");
    add("info", element("strong", {}, "Your first figures are on their way. "), "They appear some minutes after the end of the hour in which you made your first change. Create a task in ", docs, ", and come back then.");
  }
  if (isStale) add("warn", element("strong", {}, "The figures are not current. "), `No hour was published since ${moment(now.as_of, zone)}. Changes after it are stored and will be counted later.`);
  if (now.missing_hours) add("warn", `${now.missing_hours} ${now.missing_hours === 1 ? "hour is" : "hours are"} missing: their changes are not counted yet.`);
  if (showsProvisional) add("info", `Figures from ${moment(now.provisional_from, zone)} on are provisional (pale or dashed): that hour will be read again after its end.`);
  return found;
}

function numbers({ now, period }) {
  const before = period.previous?.activity.completed ?? 0;
  const change = period.activity.completed - before;
  const compared = change === 0 ? "as many as in the range before" : `${Math.abs(change)} ${change > 0 ? "more" : "fewer"} than in the range before`;
  const streak = now.streaks.current;
  return [
    ["Open tasks", now.open_tasks.total, now.open_tasks.total ? `median age ${daysText(now.open_tasks.median_days)}` : "nothing is open"],
    ["Completed", period.activity.completed, compared],
    ["On time", percent(period.on_time_rate), `${period.completed_on_time + period.completed_late} with a due date`],
    ["Median cycle time", duration(period.cycle_hours.median), "from creation to completion"],
    ["Streak", `${daysText(streak)}`, `longest: ${now.streaks.longest}`],
  ].map(([label, value, note]) =>
    element("li", {}, element("span", { className: "label" }, label), element("strong", {}, String(value)), element("span", { className: "small" }, note)),
  );
}

function built(card, { from, to }) {
  const name = `${card.id}-${from}-${to}`;
  const save = (label, type, make) =>
    element("button", { type: "button", "aria-label": `${card.title}: ${label}`, onclick: () => download(`${name}.${label.toLowerCase()}`, type, make(card.columns, card.rows)) }, label);
  const details = element("details", {}, element("summary", {}, "Table", element("span", { className: "unseen" }, `: ${card.title}`)));
  // Tables are long, so they are built when they are opened.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(table(card.title, card.columns, card.rows));
  });
  return element(
    "section",
    { className: card.wide ? "card wide" : "card", id: card.id, "aria-labelledby": `title-${card.id}` },
    element("h2", { id: `title-${card.id}` }, card.title),
    element("p", { className: "small" }, card.note),
    picture(card),
    element("div", { className: "actions" }, details, save("CSV", "text/csv", csv), save("JSON", "application/json", json)),
  );
}

function picture(card) {
  if (card.isEmpty) return element("div", { className: "plot none" }, "Nothing to show in this range");
  if (card.heat) return heat(card);
  const canvas = element("canvas", { id: `plot-${card.id}`, role: "img", "aria-label": `Chart: ${card.title}. ${card.note} The table has all numbers.` });
  return element("div", { className: "plot" }, canvas);
}

function heat({ title, rows, heat: { weekdays, most } }) {
  const level = (changes) => `heat-${changes ? Math.ceil((changes / most) * 5) : 0}`;
  const hours = [...Array(24).keys()];
  const head = element("tr", {}, element("td"), ...hours.map((hour) => element("th", { scope: "col" }, String(hour))));
  const lines = weekdays.map((weekday, place) =>
    element("tr", {}, element("th", { scope: "row" }, weekday.slice(0, 3)), ...rows.slice(place * 24, place * 24 + 24).map((row) => element("td", { className: level(row.changes), title: `${weekday} ${row.hour}:00: ${row.changes}` }, row.changes ? String(row.changes) : ""))),
  );
  const built = element("table", { className: "heat" }, element("caption", { className: "unseen" }, `${title}: changes by weekday and hour`), element("thead", {}, head), element("tbody", {}, ...lines));
  return element("div", { className: "scroll plot", tabIndex: 0, role: "region", "aria-label": `${title}: chart` }, built);
}
