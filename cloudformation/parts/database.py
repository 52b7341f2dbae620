"""How clients reach DocumentDB, whoever they are."""

# DocumentDB repeats no writes by itself, and the log is read from where it was written.
OPTIONS = {
    "tls": "true",
    "replicaSet": "rs0",
    "readPreference": "primary",
    "retryWrites": "false",
}


def password(field: str) -> str:
    """Return what becomes the user or the password when it is deployed, for use within `Fn::Sub`.

    `field` is username or password; the stack needs the parameter DatabaseSecretArn.
    """
    return f"{{{{resolve:secretsmanager:${{DatabaseSecretArn}}:SecretString:{field}}}}}"
