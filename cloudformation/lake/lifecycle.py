"""What S3 does with objects as they age."""

from typing import Any

from troposphere import s3

# Days after which an object moves to a cheaper class, in the order in which S3 allows the moves.
BRONZE_MOVES = {"STANDARD_IA": 30, "GLACIER": 90, "DEEP_ARCHIVE": 365}
SILVER_MOVES = {"STANDARD_IA": 30}
GOLD_MOVES: dict[str, int] = {}

ABANDONED_UPLOAD_DAYS = 7


def zone_rules(moves: dict[str, int], noncurrent_days: int) -> s3.LifecycleConfiguration:
    """Keep current objects for ever, in the classes of `moves`; clean up what nobody reads any more."""
    transitions = [
        s3.LifecycleRuleTransition(StorageClass=name, TransitionInDays=days) for name, days in moves.items()
    ]
    # S3 drops a delete marker once nothing lies beneath it; a rule that expires objects does so unasked.
    cleanup = _cleanup(noncurrent_days, ExpiredObjectDeleteMarker=True)
    if not transitions:
        return s3.LifecycleConfiguration(Rules=[cleanup])
    cooling = s3.LifecycleRule(Id="CoolDown", Status="Enabled", Transitions=transitions)
    return s3.LifecycleConfiguration(Rules=[cooling, cleanup])


def expiring_rules(days: int, noncurrent_days: int) -> s3.LifecycleConfiguration:
    """Delete objects after so many days, and what remains of them `noncurrent_days` later."""
    return s3.LifecycleConfiguration(Rules=[_cleanup(noncurrent_days, ExpirationInDays=days)])


def _cleanup(noncurrent_days: int, **expiration: Any) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        Id="CleanUp",
        Status="Enabled",
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=noncurrent_days),
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(
            DaysAfterInitiation=ABANDONED_UPLOAD_DAYS
        ),
        **expiration,
    )
