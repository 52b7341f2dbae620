"""The AWS infrastructure: Python code that generates CloudFormation templates. Both are committed."""
