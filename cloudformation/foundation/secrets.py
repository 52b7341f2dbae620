"""Secrets that AWS makes up: no person and no template ever sees them."""

import json

from troposphere import GetAtt, Template, kms, secretsmanager

DATABASE_USER = "todo"


def add_jwt_secret(template: Template, key: kms.Key) -> secretsmanager.Secret:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html"""
    return _add_secret(template, key, "JwtSecret", "The key that signs the API's tokens")


def add_database_secret(template: Template, key: kms.Key) -> secretsmanager.Secret:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html

    Here rather than managed by DocumentDB, which tells no template the name of the secret it makes.
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
    template: Template, key: kms.Key, title: str, description: str, **shape: str
) -> secretsmanager.Secret:
    return template.add_resource(
        secretsmanager.Secret(
            title,
            Description=description,
            KmsKeyId=GetAtt(key, "Arn"),
            # Without punctuation it stands in an address of the database as it is.
            GenerateSecretString=secretsmanager.GenerateSecretString(
                ExcludePunctuation=True, PasswordLength=64, **shape
            ),
        )
    )
