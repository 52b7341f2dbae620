"""What S3 does with the objects of a zone as they age."""

from troposphere import s3

from cloudformation.parts.lifecycle import keeping_rules

# Days after which an object moves to a cheaper class, in the order in which S3 allows the moves.
BRONZE_MOVES = {"STANDARD_IA": 30, "GLACIER": 90, "DEEP_ARCHIVE": 365}
SILVER_MOVES = {"STANDARD_IA": 30}
GOLD_MOVES: dict[str, int] = {}


def zone_rules(moves: dict[str, int], noncurrent_days: int) -> s3.LifecycleConfiguration:
    """Keep current objects for ever, in the classes of `moves`."""
    kept = keeping_rules(noncurrent_days)
    transitions = [
        s3.LifecycleRuleTransition(StorageClass=name, TransitionInDays=days) for name, days in moves.items()
    ]
    if not transitions:
        return kept
    cooling = s3.LifecycleRule(Id="CoolDown", Status="Enabled", Transitions=transitions)
    return s3.LifecycleConfiguration(Rules=[cooling, *kept.Rules])
