"""Security scanners for the rendered templates: checkov for resources, parliament for IAM policies."""
