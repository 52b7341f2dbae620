"""The AWS infrastructure: Python code that generates CloudFormation templates; both are committed."""
