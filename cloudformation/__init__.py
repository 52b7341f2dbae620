"""The AWS infrastructure, written in Python and kept as plain CloudFormation templates beside it."""
