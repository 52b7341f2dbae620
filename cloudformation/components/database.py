"""The connection options and credentials that every client of DocumentDB uses."""

# DocumentDB does not support retryable writes. The change log is read from the primary, where it is written.
CONNECTION_OPTIONS = {
    "tls": "true",
    "replicaSet": "rs0",
    "readPreference": "primary",
    "retryWrites": "false",
}


def credential(field: str) -> str:
    """Return a dynamic reference for `Fn::Sub`; the deployment replaces this reference with the credential.

    `field` is username or password; the stack needs the parameter DatabaseSecretArn.
    """
    return f"{{{{resolve:secretsmanager:${{DatabaseSecretArn}}:SecretString:{field}}}}}"
