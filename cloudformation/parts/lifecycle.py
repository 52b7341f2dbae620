"""How S3 cleans up what nobody reads any more."""

from typing import Any

from troposphere import s3

ABANDONED_UPLOAD_DAYS = 7


def expiring_rules(days: int, noncurrent_days: int) -> s3.LifecycleConfiguration:
    """Delete objects after so many days, and what remains of them `noncurrent_days` later."""
    return s3.LifecycleConfiguration(Rules=[cleanup(noncurrent_days, ExpirationInDays=days)])


def keeping_rules(noncurrent_days: int) -> s3.LifecycleConfiguration:
    """Keep current objects for ever, and former versions `noncurrent_days`."""
    # S3 drops a delete marker once nothing lies beneath it; a rule that expires objects does so unasked.
    return s3.LifecycleConfiguration(Rules=[cleanup(noncurrent_days, ExpiredObjectDeleteMarker=True)])


def cleanup(noncurrent_days: int, **expiration: Any) -> s3.LifecycleRule:
    """Delete former versions and uploads that were never completed."""
    return s3.LifecycleRule(
        Id="CleanUp",
        Status="Enabled",
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=noncurrent_days),
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(
            DaysAfterInitiation=ABANDONED_UPLOAD_DAYS
        ),
        **expiration,
    )
