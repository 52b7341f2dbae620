// The cards of the insights page; each card has its numbers (columns and rows) and the form of its chart.

const STATUSES = [
  ["pending", "Pending", "blue"],
  ["in_progress", "In progress", "amber"],
  ["completed", "Completed", "green"],
  ["cancelled", "Cancelled", "grey"],
];
const OPEN = STATUSES.slice(0, 2);
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MAX_CATEGORIES = 8;
const PROVISIONAL = { key: "provisional", label: "Provisional" };
const columnsOf = (names) => names.map(([key, label]) => ({ key, label }));

export const dayText = (day, style = { day: "numeric", month: "short" }) =>
  new Intl.DateTimeFormat("en-GB", { ...style, timeZone: "UTC" }).format(new Date(Date.parse(day)));
export const percent = (rate) => (rate === null ? "–" : `${Math.round(rate * 100)} %`);
export const duration = (hours) => {
  if (hours === null) return "–";
  if (hours < 1) return `${Math.round(hours * 60)} min`;
  return hours < 48 ? `${round(hours)} h` : `${round(hours / 24)} d`;
};
const round = (value) => Math.round(value * 10) / 10;

export function cards(found) {
  return [activity(found), status(found), ages(found), cycleTime(found), onTime(found), week(found), categories(found), priorities(found), busiestHours(found)];
}

function overTime(found, names) {
  const label = found.byWeek ? "Week from" : "Date";
  const hasYears = found.from.slice(0, 4) !== found.to.slice(0, 4);
  const style = { day: "numeric", month: "short", ...(hasYears && { year: "numeric" }) };
  return { columns: [{ key: "date", label }, ...columnsOf(names), PROVISIONAL], labels: found.columns.map((day) => dayText(day.date, style)) };
}

function series(rows, names) {
  return names.map(([key, label, colour]) => ({ label, colour, values: rows.map((row) => row[key]) }));
}

function activity(found) {
  const names = [["created", "Created", "blue"], ["completed", "Completed", "green"]];
  const { columns, labels } = overTime(found, names);
  const { created, completed } = found.period.activity;
  const rows = found.columns.map((day) => ({ date: day.date, created: day.created, completed: day.completed, provisional: day.provisional }));
  return {
    id: "activity", title: "Created and completed", wide: true, isEmpty: created + completed === 0,
    note: `${created} created and ${completed} completed${found.byWeek ? ", by week" : ""}.`,
    columns, rows, plot: { kind: "bar", labels, rows, series: series(rows, names) },
  };
}

function status(found) {
  const { columns, labels } = overTime(found, STATUSES);
  const rows = found.columns.map((day) => ({ date: day.date, ...Object.fromEntries(STATUSES.map(([key]) => [key, day.tasks?.[key] ?? null])), provisional: day.provisional }));
  return {
    id: "status", title: "Tasks by status over time", wide: true, isEmpty: rows.every((row) => STATUSES.every(([key]) => !row[key])),
    note: `Tasks at the end of each ${found.byWeek ? "week" : "day"}, without deleted ones.`,
    columns, rows, plot: { kind: "area", stacked: true, labels, rows, series: series(rows, STATUSES) },
  };
}

function ages(found) {
  const { total, median_days: median, oldest_days: oldest, by_age: groups } = found.now.open_tasks;
  const rows = groups.map((group) => ({ age: ageText(group), from_days: group.from_days, to_days: group.to_days, pending: group.pending, in_progress: group.in_progress }));
  return {
    id: "ages", title: "Open tasks by age", isEmpty: total === 0,
    note: total ? `${total} open; median age ${median} d, oldest ${oldest} d.` : "No open tasks.",
    columns: [{ key: "age", label: "Age" }, { key: "from_days", label: "From days" }, { key: "to_days", label: "To days" }, ...columnsOf(OPEN)],
    rows, plot: { kind: "bar", stacked: true, labels: groups.map(shortAge), rows, series: series(rows, OPEN) },
  };
}

const shortAge = ({ from_days: from, to_days: to }) => (to === null ? `${from}+ d` : `${from}–${to} d`);
const ageText = ({ from_days: from, to_days: to }) => (to === null ? `${from} days and more` : `${from} to ${to} days`);

function cycleTime(found) {
  const now = found.period.cycle_hours;
  const before = found.period.previous?.cycle_hours ?? {};
  const names = [["p10", "10 %"], ["p25", "25 %"], ["median", "Median"], ["p75", "75 %"], ["p90", "90 %"]];
  const rows = names.map(([key, label]) => ({ share: label, hours: now[key], previous_hours: before[key] ?? null }));
  const isLong = Math.max(...rows.map((row) => Math.max(row.hours, row.previous_hours))) > 72;
  const scaled = (key) => rows.map((row) => (row[key] === null ? null : isLong ? row[key] / 24 : row[key]));
  const shown = [{ label: "This range", colour: "green", values: scaled("hours") }];
  if (before.completions) shown.push({ label: "Range before", colour: "grey", values: scaled("previous_hours") });
  return {
    id: "cycle-time", title: "Cycle time", isEmpty: now.completions === 0,
    note: now.completions ? `Median ${duration(now.median)}; half of them took ${duration(now.p25)} to ${duration(now.p75)}.` : "No completions.",
    columns: [{ key: "share", label: "Share of completions within" }, { key: "hours", label: "Hours" }, { key: "previous_hours", label: "Hours, range before" }],
    rows, plot: { kind: "bar", unit: isLong ? "days" : "hours", labels: rows.map((row) => row.share), rows, series: shown },
  };
}

function onTime(found) {
  const names = [["completed_on_time", "On time", "green"], ["completed_late", "Late", "red"]];
  const { columns, labels } = overTime(found, names);
  const rows = found.columns.map((day) => ({ date: day.date, completed_on_time: day.completed_on_time, completed_late: day.completed_late, provisional: day.provisional }));
  const { completed_on_time: good, completed_late: late, on_time_rate: rate } = found.period;
  return {
    id: "on-time", title: "On time", isEmpty: good + late === 0,
    note: good + late ? `${percent(rate)} of ${good + late} completions with a due date.` : "No completions with a due date.",
    columns, rows, plot: { kind: "bar", stacked: true, labels, rows, series: series(rows, names) },
  };
}

function week(found) {
  const { activity: now, previous } = found.week;
  const names = [["created", "Created"], ["completed", "Completed"], ["reopened", "Reopened"], ["deleted", "Deleted"]];
  const rows = names.map(([key, label]) => ({ event: label, this_week: now[key], last_week: previous.activity[key] }));
  const until = dayText(found.today, { weekday: "long" });
  return {
    id: "week", title: "This week against last week", isEmpty: rows.every((row) => row.this_week + row.last_week === 0),
    note: `Monday to ${until} of both weeks.`.replace("Monday to Monday", "Monday"),
    columns: [{ key: "event", label: "Event" }, { key: "this_week", label: "This week" }, { key: "last_week", label: "Last week" }],
    rows, plot: { kind: "bar", labels: rows.map((row) => row.event), rows, series: series(rows, [["this_week", "This week", "green"], ["last_week", "Last week", "grey"]]) },
  };
}

function lying(id, title, key, label, groups, note) {
  const rows = groups.map((group) => ({ [key]: group[key] ?? "(none)", ...Object.fromEntries(STATUSES.map(([name]) => [name, group[name]])) }));
  const drawn = rows.slice(0, MAX_CATEGORIES);
  return {
    id, title, note, isEmpty: groups.every((group) => group.total === 0), columns: [{ key, label }, ...columnsOf(STATUSES)],
    rows, plot: { kind: "lying", stacked: true, labels: drawn.map((row) => shortened(row[key])), rows: drawn, series: series(drawn, STATUSES) },
  };
}

const shortened = (text) => (text.length > 18 ? `${text.slice(0, 17)}…` : text);

function categories({ now }) {
  const more = now.by_category.length > MAX_CATEGORIES ? ` The chart shows the ${MAX_CATEGORIES} largest of ${now.by_category.length}.` : "";
  return lying("categories", "Categories", "category", "Category", now.by_category, `Existing tasks by status.${more}`);
}

function priorities({ now }) {
  return lying("priorities", "Priorities", "priority", "Priority", [...now.by_priority].reverse(), "Existing tasks by status.");
}

function busiestHours(found) {
  const rows = found.period.by_hour.map((row) => ({ ...row, weekday: WEEKDAYS[row.weekday - 1] }));
  const top = rows.reduce((best, row) => (row.changes > best.changes ? row : best));
  return {
    id: "hours", title: "Busiest hours", wide: true, isEmpty: top.changes === 0,
    note: top.changes ? `Changes by weekday and hour; most on ${top.weekday} from ${top.hour}:00 (${top.changes}).` : "No changes.",
    columns: [{ key: "weekday", label: "Weekday" }, { key: "hour", label: "Hour" }, { key: "changes", label: "Changes" }, { key: "created", label: "Created" }, { key: "completed", label: "Completed" }],
    rows, heat: { weekdays: WEEKDAYS, most: top.changes },
  };
}
