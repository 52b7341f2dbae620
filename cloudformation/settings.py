"""What differs between environments: one frozen set of values each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Everything a stack may vary by; a template is a function of this and nothing else."""

    environment: str
    owner: str
    cost_center: str

    key_deletion_days: int
    """Days between the deletion of a key and the moment its data can never be read again (7 to 30)."""
    noncurrent_days: int
    """Days an overwritten or deleted object can still be brought back."""
    log_days: int
    """Days logs are kept, in S3 and in CloudWatch, which takes certain numbers only."""
    result_days: int
    """Days an Athena result is kept."""
    scan_limit_bytes: int
    """Bytes one Athena query may scan before it is cancelled (10 MB at least)."""

    network: str
    """The first two numbers of the VPC's addresses; no two networks that are ever joined share them."""
    private_subnets: int
    """How many zones the database may lie in: 2, or 3."""
    nat_gateways: int
    """1, or 2 so that one zone that fails does not cut the other off."""

    database_class: str
    database_instances: int
    backup_days: int
    """Days the database can be turned back by (1 to 35)."""
    final_snapshot: bool
    """Whether the database is protected, and leaves a snapshot when its stack goes."""

    airflow_class: str
    airflow_workers: int
    """How many workers Airflow grows to; mw1.micro has exactly one."""
    airflow_schedulers: int

    web_instance_types: tuple[str, ...]
    web_instances: tuple[int, int]
    """How few and how many instances serve the API."""
    deployment_policy: str
    """How Beanstalk brings a new version out: Immutable, or RollingWithAdditionalBatch."""

    monthly_budget: int
    """US dollars a month at which the budget is used up."""
    scan_alarm_bytes: int
    """Bytes all Athena queries of a day may scan before somebody is told."""
    growth_alarm_gib: int
    """GiB the database may grow by in a day before somebody is told."""

    project: str = "todo-insights"
    airflow_version: str = "3.2.1"
    database_engine: str = "8.0.0"
    database_name: str = "todo"
    database_port: int = 27017

    @property
    def tags(self) -> dict[str, str]:
        """Return the four tags that every taggable resource carries."""
        return {
            "Project": self.project,
            "Owner": self.owner,
            "Environment": self.environment,
            "CostCenter": self.cost_center,
        }

    @property
    def bronze_role_path(self) -> str:
        """Return the IAM path of the roles that may use the Bronze key, with both slashes."""
        return f"/{self.project}/{self.environment}/bronze/"


GIB = 1024**3

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
    web_instance_types=("t4g.small", "t4g.medium"),
    web_instances=(2, 6),
    deployment_policy="Immutable",
    monthly_budget=900,
    scan_alarm_bytes=1024 * GIB,
    growth_alarm_gib=10,
)

ENVIRONMENTS = {settings.environment: settings for settings in (DEV, PROD)}
