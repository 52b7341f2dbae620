// Requests the figures of a range, and prepares them for the cards.

const ME = "/api/v1/insights/me";
const MAX_DAYS = 366;
// A range of more days than this is shown by week, so that a column stays wide enough to read.
const MAX_COLUMNS = 120;
const DAY_MS = 86_400_000;
const STALE_MS = 2 * 3_600_000;
const COUNTS = ["created", "completed", "reopened", "deleted", "completed_on_time", "completed_late"];

// Dates are texts like 2026-11-20, as in the API; a Date at midnight UTC is used to calculate with them.
export const addDays = (day, count) => new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
export const daysBetween = (first, last) => Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
const mondayOf = (day) => addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
export const localDay = (moment, timeZone) => new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);

// Loads everything that the page shows. `choice` is a number of days, "all", or {from, to}.
export async function load(session, choice) {
  const [user, now] = await Promise.all([session.get("/api/v1/users/me"), session.get(ME)]);
  const zone = user.time_zone;
  const today = localDay(now.as_of ? new Date(Date.parse(now.as_of) - 1) : new Date(), zone);
  const { from, to } = rangeOf(choice, today, now, user);
  const [period, week, ...pieces] = await Promise.all([
    session.get(`${ME}/period`, { from, to }),
    session.get(`${ME}/period`, { from: mondayOf(today), to: today, compare_days: 7 }),
    ...parts(from, to).map((part) => session.get(`${ME}/daily`, part)),
  ]);
  // The zeros of a range before the first figures say nothing, so the page does not compare with them.
  if (period.previous && now.covers_from && period.previous.to < localDay(new Date(now.covers_from), zone)) period.previous = null;
  const provisional = now.provisional_from && localDay(new Date(now.provisional_from), zone);
  const days = pieces.flatMap((piece) => piece.items).map((day) => ({ ...day, provisional: provisional !== null && day.date >= provisional }));
  const byWeek = days.length > MAX_COLUMNS;
  return { user, now, zone, today, from, to, period, week, byWeek, columns: byWeek ? weeks(days) : days, showsProvisional: days.some((day) => day.provisional), isStale: isStale(now) };
}

function rangeOf(choice, today, now, user) {
  if (typeof choice === "object") return choice;
  if (choice !== "all") return { from: addDays(today, 1 - Number(choice)), to: today };
  const joined = localDay(new Date(user.created_at), user.time_zone);
  const covered = now.covers_from ? localDay(new Date(now.covers_from), user.time_zone) : joined;
  return { from: [joined > covered ? joined : covered, today].sort()[0], to: today };
}

function parts(from, to) {
  const found = [];
  for (let first = from; first <= to; first = addDays(first, MAX_DAYS)) {
    const last = addDays(first, MAX_DAYS - 1);
    found.push({ from: first, to: last < to ? last : to });
  }
  return found;
}

// Returns the sums of each week (from Monday), and the number of tasks at the end of the week.
function weeks(days) {
  const found = new Map();
  for (const day of days) {
    const monday = mondayOf(day.date);
    const week = found.get(monday) ?? { date: monday, tasks: null, provisional: false, ...Object.fromEntries(COUNTS.map((name) => [name, 0])) };
    for (const name of COUNTS) week[name] += day[name];
    found.set(monday, { ...week, tasks: day.tasks ?? week.tasks, provisional: week.provisional || day.provisional });
  }
  return [...found.values()];
}

const isStale = (now) => now.as_of !== null && Date.now() - Date.parse(now.as_of) > STALE_MS;
