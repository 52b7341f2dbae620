"""The connection options and credentials that every client of DocumentDB uses."""

# DocumentDB does not support retryable writes. Clients read the change log from the primary instance, because
# a replica may not have the newest changes.
CONNECTION_OPTIONS = {
    "tls": "true",
    "replicaSet": "rs0",
    "readPreference": "primary",
    "retryWrites": "false",
}


def credential(field: str) -> str:
    """Return a dynamic reference to a credential, for `Fn::Sub`; CloudFormation replaces it with the value.

    `field` is username or password; the stack needs the parameter DatabaseSecretArn.
    """
    return f"{{{{resolve:secretsmanager:${{DatabaseSecretArn}}:SecretString:{field}}}}}"
