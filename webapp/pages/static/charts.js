// Draws charts with Chart.js in the colours of the style sheet, which differ between light and dark.

const drawn = new Map();
// If a chart has more labels than this, labels that do not fit are left out.
const MAX_LABELS = 6;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Columns with provisional figures have a pale colour.
const fill = (name, rows) => rows.map((row) => (row.provisional ? `${colour(name)}73` : colour(name)));

export function draw(canvas, plot) {
  drawn.get(canvas)?.chart.destroy();
  drawn.set(canvas, { plot, chart: new window.Chart(canvas, configuration(plot)) });
}

export function clear() {
  for (const { chart } of drawn.values()) chart.destroy();
  drawn.clear();
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const [canvas, { plot }] of [...drawn]) draw(canvas, plot);
});

// The fields of a plot: kind (bar, area, or lying for horizontal bars), labels, rows (each with `provisional`),
// series [{label, values, colour}], stacked, unit (undefined for counts).
function configuration(plot) {
  const lying = plot.kind === "lying";
  const counts = plot.unit === undefined;
  const grid = { color: colour("grid"), drawTicks: false };
  const ticks = { color: colour("muted"), padding: 6 };
  const named = { stacked: plot.stacked, grid: { display: false }, border: { color: colour("line") }, ticks: { ...ticks, maxRotation: 0, autoSkip: plot.labels.length > MAX_LABELS, autoSkipPadding: 14 } };
  const measured = { stacked: plot.stacked, beginAtZero: true, grid, border: { display: false }, ticks: { ...ticks, maxTicksLimit: 6, precision: counts ? 0 : undefined } };
  if (!counts) measured.title = { display: true, text: plot.unit, color: colour("muted") };
  if (lying) named.ticks = { ...ticks, autoSkip: false };
  return {
    type: plot.kind === "area" ? "line" : "bar",
    data: { labels: plot.labels, datasets: plot.series.map((series, place) => dataset(plot, series, place)) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: lying ? "y" : "x",
      interaction: { mode: "index", axis: lying ? "y" : "x", intersect: false },
      font: { family: "system-ui, sans-serif" },
      scales: lying ? { x: measured, y: named } : { x: named, y: measured },
      plugins: {
        legend: { display: plot.series.length > 1, align: "start", labels: { color: colour("text"), boxWidth: 10, boxHeight: 10, useBorderRadius: true, borderRadius: 3 } },
        tooltip: { callbacks: { footer: (items) => (plot.rows[items[0]?.dataIndex]?.provisional ? "provisional" : "") } },
      },
    },
  };
}

function dataset(plot, series, place) {
  const shared = { label: series.label, data: series.values };
  if (plot.kind === "area") {
    const dashed = (segment) => (plot.rows[segment.p1DataIndex]?.provisional ? [4, 4] : undefined);
    return {
      // Each area is filled down to the area below, so that the colours do not mix.
      ...shared, fill: place === 0 ? "origin" : "-1", cubicInterpolationMode: "monotone", pointRadius: plot.labels.length === 1 ? 3 : 0, pointHitRadius: 12, borderWidth: 1.5,
      borderColor: colour(series.colour), backgroundColor: `${colour(series.colour)}59`, segment: { borderDash: dashed },
    };
  }
  return { ...shared, backgroundColor: fill(series.colour, plot.rows), hoverBackgroundColor: colour(series.colour), borderRadius: 3, maxBarThickness: plot.kind === "lying" ? 18 : 34, categoryPercentage: 0.82, barPercentage: 0.92 };
}
