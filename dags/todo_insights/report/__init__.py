"""The team report: one HTML file with the figures of a period, each with the SQL that produces it."""
