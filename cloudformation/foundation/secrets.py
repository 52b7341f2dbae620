"""Secrets that AWS generates, so that no person knows them and no template contains them."""

import json

from troposphere import GetAtt, Template, kms, secretsmanager

DATABASE_USER = "todo"


def add_jwt_secret(template: Template, key: kms.Key) -> secretsmanager.Secret:
    """Add the secret that signs the API's tokens.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """
    return _add_secret(template, key, "JwtSecret", "The key that signs the API's tokens")


def add_database_secret(template: Template, key: kms.Key) -> secretsmanager.Secret:
    """Add the secret with the user name and password of the database.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html

    DocumentDB could manage the secret, but CloudFormation does not return the ARN of a managed secret. The
    other stacks need this ARN.
    """
    user = json.dumps({"username": DATABASE_USER})
    return _add_secret(
        template,
        key,
        "DatabaseSecret",
        "User and password of the database",
        SecretStringTemplate=user,
        GenerateStringKey="password",
    )


def _add_secret(
    template: Template, key: kms.Key, title: str, description: str, **optional: str
) -> secretsmanager.Secret:
    return template.add_resource(
        secretsmanager.Secret(
            title,
            Description=description,
            KmsKeyId=GetAtt(key, "Arn"),
            # The password has no punctuation, so it needs no escaping in a database URI.
            GenerateSecretString=secretsmanager.GenerateSecretString(
                ExcludePunctuation=True, PasswordLength=64, **optional
            ),
        )
    )
