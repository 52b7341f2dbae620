"""The pipeline from the change log to the lake: extract, conform, aggregate, publish, query."""

CODE_VERSION = "0.1.0"
