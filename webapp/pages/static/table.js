// The numbers of a chart as a table, as CSV (RFC 4180) and as JSON.

export function element(name, attributes = {}, ...children) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in found) found[key] = value;
    else found.setAttribute(key, value);
  }
  found.append(...children.filter((child) => child !== null));
  return found;
}

const shown = (value) => (value === null || value === undefined ? "–" : typeof value === "boolean" ? (value ? "yes" : "no") : String(value));

export function table(caption, columns, rows) {
  const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column.label)));
  const body = rows.map((row) =>
    element("tr", {}, ...columns.map((column, place) => {
      const text = shown(row[column.key]);
      if (place === 0) return element("th", { scope: "row", className: column.key === "date" ? "unbroken" : "" }, text);
      return element("td", { className: typeof row[column.key] === "number" ? "number" : "" }, text);
    })),
  );
  const built = element("table", {}, element("caption", { className: "unseen" }, caption), element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": `${caption}: table` }, built);
}

export function csv(columns, rows) {
  const line = (values) => values.map(cell).join(",");
  return [line(columns.map((column) => column.key)), ...rows.map((row) => line(columns.map((column) => row[column.key])))].join("\r\n") + "\r\n";
}

function cell(value) {
  if (value === null || value === undefined) return "";
  // A spreadsheet would execute a text that starts like a formula, so an apostrophe is put before such a text.
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function json(columns, rows) {
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column) => [column.key, row[column.key] ?? null]))), null, 2) + "\n";
}

export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
