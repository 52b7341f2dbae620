"""The code of the Lambda function that creates the database users and rotates their passwords."""
