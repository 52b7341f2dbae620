"""Reads the tables and key figures in the HTML of a report."""

from html.parser import HTMLParser

Rows = list[dict[str, str]]


class ReportPage(HTMLParser):
    """The cells of each table by caption; `text` is all text of the page that a reader can see or copy."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._cells: list[list[str]] = []
        self._tables: list[tuple[str, list[list[str]]]] = []
        self._terms: list[str] = []
        self._within, self._caption, self.text = "", "", ""
        self.feed(html)

    @property
    def kpis(self) -> dict[str, tuple[str, str]]:
        """Return the value and the change of each key figure, by the label of the figure."""
        terms = iter(self._terms)
        return {label: (value, change) for label, value, change in zip(terms, terms, terms, strict=True)}

    @property
    def tables(self) -> dict[str, Rows]:
        """Return the rows of each table by caption, or by the first column if there is no caption."""
        return {
            caption or cells[0][0]: [dict(zip(cells[0], row, strict=False)) for row in cells[1:]]
            for caption, cells in self._tables
        }

    def table(self, caption: str) -> Rows:
        """Return the rows of the table whose caption starts with this text."""
        return next(rows for name, rows in self.tables.items() if name.startswith(caption))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._cells, self._caption = [], ""
        if tag == "tr":
            self._cells.append([])
        if tag in ("td", "th"):
            self._cells[-1].append("")
        if tag in ("dt", "dd"):
            self._terms.append("")
        if tag in ("td", "th", "caption", "dt", "dd", "style", "script"):
            self._within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""
        if tag == "table":
            self._tables.append((self._caption.strip(), self._cells))

    def handle_data(self, data: str) -> None:
        if self._within in ("td", "th"):
            self._cells[-1][-1] += data
        elif self._within in ("dt", "dd"):
            self._terms[-1] += data
        elif self._within == "caption":
            self._caption += data
        if self._within not in ("style", "script"):
            self.text += data
