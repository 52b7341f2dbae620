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
    """Days S3 access logs are kept."""
    result_days: int
    """Days an Athena result is kept."""
    scan_limit_bytes: int
    """Bytes one Athena query may scan before it is cancelled (10 MB at least)."""
    project: str = "todo-insights"

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
)

ENVIRONMENTS = {settings.environment: settings for settings in (DEV, PROD)}
