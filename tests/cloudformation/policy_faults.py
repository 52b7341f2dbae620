"""Faults in policies, and in how stacks hold together."""

from tests.cloudformation import grant_rules, wiring_rules
from tests.cloudformation.faults import Damage, drop, faults, put, remove
from tests.cloudformation.rules import Json

_STATEMENT = ("PolicyDocument", "Statement", 0)
_KEY = ("KeyPolicy", "Statement")
_ALL = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], "Principal": "*", "Sid": "Later"}


def top(section: str, name: str, **changes: object) -> Damage:
    """Change an output, a parameter or a condition."""

    def damage(template: Json) -> None:
        template[section].setdefault(name, {}).update(changes)

    return damage


def lose(section: str, name: str) -> Damage:
    """Delete an output, a parameter or a condition."""

    def damage(template: Json) -> None:
        del template[section][name]

    return damage


_POLICIES = [
    *faults(
        "foundation",
        grant_rules.foreign_grants,
        {
            "key closed to logs": drop("SignalKey", *_KEY, 2),
            "key closed to alarms": put(
                ["budgets.amazonaws.com"], "SignalKey", *_KEY, 3, "Principal", "Service"
            ),
            "key of which nobody is master": drop("StoreKey", *_KEY, 0),
            "grants to anybody": drop("StoreKey", *_KEY, 2, "Condition"),
            "logs of any account": drop("LogBucketPolicy", "PolicyDocument", "Statement", 1, "Condition"),
            "balancer's logs elsewhere": put(
                [{"Fn::Sub": "${LogBucket.Arn}/alb/*"}],
                "LogBucketPolicy",
                "PolicyDocument",
                "Statement",
                2,
                "Resource",
            ),
            "a statement more": put([_ALL], "ArtefactBucketPolicy", "PolicyDocument", "Statement"),
        },
    ),
    *faults(
        "lake",
        grant_rules.foreign_grants,
        {
            "Bronze for administrators": drop("BronzeKey", *_KEY, 1, "Condition"),
            "policy of another bucket": put(
                [{"Fn::Sub": "${SilverBucket.Arn}/*"}],
                "GoldBucketPolicy",
                "PolicyDocument",
                "Statement",
                1,
                "Resource",
            ),
            "refusal that allows": put("Allow", "GoldBucketPolicy", *_STATEMENT, "Effect"),
        },
    ),
    *faults(
        "webapp",
        grant_rules.foreign_grants,
        {
            "action misspelt": put(
                ["s3:GetObjects"], "InstanceRole", "Policies", 0, "PolicyDocument", "Statement", 1, "Action"
            ),
            "all artefacts": put(
                [{"Fn::Sub": "${ArtefactBucketArn}/*"}],
                *("InstanceRole", "Policies", 0, "PolicyDocument", "Statement", 1, "Resource"),
            ),
        },
    ),
    *faults(
        "network",
        grant_rules.unversioned_policies,
        {"language of 2008": drop("FlowLogRole", "AssumeRolePolicyDocument", "Version")},
    ),
    *faults(
        "webapp",
        grant_rules.lost_managed_policies,
        {"health that cannot be told": drop("ServiceRole", "ManagedPolicyArns", 0)},
    ),
    *faults("lake", grant_rules.lost_policies, {"bucket without a policy": remove("SilverBucketPolicy")}),
]


def _unreviewed(template: Json) -> None:
    template["Resources"]["Backdoor"] = template["Resources"]["FlowLogRole"]


_WIRING = [
    *faults("network", grant_rules.unreviewed_policies, {"another role": _unreviewed}),
    *faults(
        "lake",
        wiring_rules.misnamed_outputs,
        {
            "output of another bucket": top("Outputs", "GoldBucketName", Value={"Ref": "SilverBucket"}),
            "output exported": top("Outputs", "LakeKeyArn", Export={"Name": "LakeKeyArn"}),
            "path of another environment": top(
                "Outputs", "BronzeRolePath", Value="/todo-insights/prod/bronze/"
            ),
        },
    ),
    *faults(
        "webapp",
        wiring_rules.wrong_parameters,
        {
            "parameter with a default": top("Parameters", "PlatformArn", Default="arn"),
            "parameter for nobody": top("Parameters", "Later", Type="String", Description="For later"),
        },
    ),
    *faults(
        "webapp",
        wiring_rules.wrong_conditions,
        {
            "condition turned round": lose("Conditions", "Encrypted"),
            "subscription always": top("Conditions", "Encrypted", **{"Fn::Not": [{"Fn::Equals": ["a", ""]}]}),
        },
    ),
    *faults("network", wiring_rules.broken_references, {"VPC lost": remove("Vpc")}),
    *faults(
        "lake",
        wiring_rules.hard_coded,
        {
            "account copied": put("123456789012", "Database", "CatalogId"),
            "region copied": put("Queries in us-east-1", "Workgroup", "Description"),
        },
    ),
    *faults(
        "airflow",
        wiring_rules.hard_coded,
        {
            "partition copied": put(
                ["arn:aws:s3:::todo/*"],
                *("ExecutionRole", "Policies", 1, "PolicyDocument", "Statement", 1, "Resource"),
            )
        },
    ),
]

FAULTS = [*_POLICIES, *_WIRING]
