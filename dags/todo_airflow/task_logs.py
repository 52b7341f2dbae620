"""The log lines of tasks: one JSON object per line, with the fields of the pipeline's log entries."""

import logging

import structlog

_PIPELINE, _DAGS = "todo_insights", "todo_airflow"


def forward_to_airflow() -> None:
    """Make Airflow log the records of the pipeline in this task with all their fields; may be called again.

    Airflow writes the log of a task with structlog. Without this function, structlog would log only the
    message of a record of Python's logging module.
    """
    for name in (_PIPELINE, _DAGS):
        logger = logging.getLogger(name)
        if not any(isinstance(each, _Forwarder) for each in logger.handlers):
            logger.addHandler(_Forwarder())
            logger.setLevel(logging.INFO)
        logger.propagate = False


class _Forwarder(logging.Handler):
    """A logging handler that passes each record to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        from todo_insights.core.logs import fields_of, message_of

        fields = fields_of(record)
        if record.name.startswith(_DAGS):
            fields["component"] = "airflow"
        structlog.get_logger(record.name).log(record.levelno, message_of(record), **fields)
