"""The connection options and the URI that every client of DocumentDB uses."""

from troposphere import Sub

from cloudformation.settings import Settings

# DocumentDB does not support retryable writes. Clients read the change log from the primary instance, because
# a replica may not have the newest changes.
CONNECTION_OPTIONS = {
    "tls": "true",
    "replicaSet": "rs0",
    "readPreference": "primary",
    "retryWrites": "false",
}


def connection_uri(settings: Settings, host: str, ca_file: str) -> Sub:
    """Return the URI without user and password; `host` is a reference for `Fn::Sub`: "${Cluster.Endpoint}".

    https://docs.aws.amazon.com/documentdb/latest/developerguide/connect_programmatically.html
    """
    options = "&".join(
        f"{name}={value}" for name, value in {**CONNECTION_OPTIONS, "tlsCAFile": ca_file}.items()
    )
    return Sub(f"mongodb://{host}:{settings.database_port}/?{options}")
