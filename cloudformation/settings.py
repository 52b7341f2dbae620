"""The settings of the environments dev and prod."""

from dataclasses import dataclass

# The versions of Airflow that MWAA offers and whose minor version is one of those with which the DAGs are
# tested (requirements/airflow.in and airflow-next.in):
# https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html
AIRFLOW_VERSIONS = ("3.2.1", "3.3.1")


@dataclass(frozen=True)
class Settings:
    """The values that differ between environments. A template depends only on these values."""

    environment: str
    owner: str
    cost_center: str

    key_deletion_days: int
    """Days in which the deletion of a key or a secret can be cancelled, before AWS deletes it (7 to 30)."""
    noncurrent_days: int
    """Days for which an overwritten or deleted object can be restored."""
    log_days: int
    """Days for which logs are kept in S3 and in CloudWatch. CloudWatch accepts only certain numbers:
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """
    result_days: int
    """Days for which the result of an Athena query is kept."""
    scan_limit_bytes: int
    """Bytes that one Athena query may scan before Athena cancels it (at least 10 MB)."""

    network: str
    """The first two numbers of the VPC's addresses; they must differ between networks that may be peered."""
    private_subnets: int
    """The number of private subnets, each in its own availability zone: 2 or 3."""
    nat_gateways: int
    """The number of NAT gateways: 1, or 2 to keep outbound traffic when one availability zone fails."""

    database_class: str
    database_instances: int
    backup_days: int
    """Days for which the database can be restored to a point in time (1 to 35)."""
    final_snapshot: bool
    """Whether the database has deletion protection, and a final snapshot when its stack is deleted."""

    airflow_class: str
    airflow_workers: int
    """The largest number of Airflow workers; the class mw1.micro has exactly one worker."""
    airflow_schedulers: int
    slice_slots: int
    """The largest number of slices that are read at the same time. Each slice keeps a database cursor open,
    and DocumentDB limits the number of open cursors:
    https://docs.aws.amazon.com/documentdb/latest/developerguide/limits.html
    """
    history_vcpus: int
    """The largest number of vCPUs that a rebuild of history on Spark uses, driver included."""

    web_instance_types: tuple[str, ...]
    web_instances: tuple[int, int]
    """The smallest and the largest number of instances of the API."""
    deployment_policy: str
    """The deployment policy of Beanstalk: Immutable or RollingWithAdditionalBatch."""

    monthly_budget: int
    """The budget in US dollars per month."""
    scan_alarm_bytes: int
    """Bytes that all Athena queries of a day may scan before an alarm is raised."""
    growth_alarm_gib: int
    """GiB by which the database may grow in a day before an alarm is raised."""

    project: str = "todo-insights"
    airflow_version: str = "3.2.1"
    """One of AIRFLOW_VERSIONS."""
    spark_release: str = "emr-7.11.0"
    """The release of EMR; requirements/spark.in pins the version of Spark in this release:
    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/release-versions.html
    """
    database_engine: str = "8.0.0"
    database_name: str = "todo"
    database_port: int = 27017
    rotation_days: int = 30
    """Days after which the passwords of the database change."""

    def __post_init__(self) -> None:
        """Refuse a version of Airflow on which the DAGs are not tested."""
        if self.airflow_version not in AIRFLOW_VERSIONS:
            tested = " or ".join(AIRFLOW_VERSIONS)
            raise ValueError(
                f"Airflow {self.airflow_version} is not tested: set airflow_version to {tested}."
            )

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags that every taggable resource has."""
        return {
            "Project": self.project,
            "Owner": self.owner,
            "Environment": self.environment,
            "CostCenter": self.cost_center,
        }

    @property
    def bronze_role_path(self) -> str:
        """Return the IAM path of the roles that may use the Bronze key, with a slash at its start and end."""
        return f"/{self.project}/{self.environment}/bronze/"


GIB = 1024**3
# The folder of the load balancer's access logs in the log bucket.
LOAD_BALANCER_LOG_PREFIX = "load-balancer"

DEV = Settings(
    environment="dev",
    owner="data-platform",
    cost_center="todo-insights-dev",
    key_deletion_days=7,
    noncurrent_days=7,
    log_days=30,
    result_days=7,
    scan_limit_bytes=1 * GIB,
    network="10.20",
    private_subnets=2,
    nat_gateways=1,
    database_class="db.serverless",
    database_instances=1,
    backup_days=7,
    final_snapshot=False,
    airflow_class="mw1.micro",
    airflow_workers=1,
    airflow_schedulers=1,
    slice_slots=3,
    history_vcpus=16,
    web_instance_types=("t4g.micro", "t4g.small"),
    web_instances=(1, 2),
    deployment_policy="RollingWithAdditionalBatch",
    monthly_budget=400,
    scan_alarm_bytes=10 * GIB,
    growth_alarm_gib=1,
)

PROD = Settings(
    environment="prod",
    owner="data-platform",
    cost_center="todo-insights-prod",
    key_deletion_days=30,
    noncurrent_days=30,
    log_days=365,
    result_days=30,
    scan_limit_bytes=100 * GIB,
    network="10.30",
    private_subnets=3,
    nat_gateways=2,
    database_class="db.t4g.medium",
    database_instances=3,
    backup_days=35,
    final_snapshot=True,
    airflow_class="mw1.small",
    airflow_workers=5,
    airflow_schedulers=2,
    slice_slots=10,
    history_vcpus=256,
    web_instance_types=("t4g.small", "t4g.medium"),
    web_instances=(2, 6),
    deployment_policy="Immutable",
    monthly_budget=900,
    scan_alarm_bytes=1024 * GIB,
    growth_alarm_gib=10,
)

ENVIRONMENTS = {settings.environment: settings for settings in (DEV, PROD)}
