"""The AWS infrastructure: Python code that generates CloudFormation templates, which are committed too."""
