"""The metrics of the business and of the pipeline's runs, for CloudWatch or the log."""
