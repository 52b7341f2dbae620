"""The role of the instances that run the API, and the service role of Beanstalk."""

from awacs import kms, s3, secretsmanager, sts
from awacs.aws import Allow, PolicyDocument, Principal, Statement, StringEquals
from troposphere import Ref, Sub, Template, iam

from cloudformation.components.policies import allow, document, trust

BUNDLE_PREFIX = "webapp"


def add_service_role(template: Template) -> iam.Role:
    """Add the role with which Beanstalk manages the environment.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-servicerole.html
    """
    external_id = StringEquals({"sts:ExternalId": "elasticbeanstalk"})
    return template.add_resource(
        iam.Role(
            "ServiceRole",
            AssumeRolePolicyDocument=trust(["elasticbeanstalk.amazonaws.com"], external_id),
            ManagedPolicyArns=[
                _managed_policy("service-role/AWSElasticBeanstalkEnhancedHealth"),
                _managed_policy("AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"),
            ],
        )
    )


def add_instance_profile(template: Template) -> iam.InstanceProfile:
    """Add the role and the instance profile of the instances that run the API.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-instanceprofile.html

    The role has the permissions that Beanstalk's agent needs. In addition, it can read only the bundles and
    two secrets.
    """
    services = [Sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in ("s3", "secretsmanager")]
    policy = document(
        allow(
            "ReadSecrets",
            [secretsmanager.GetSecretValue],
            [Ref("JwtSecretArn"), Ref("ApiDatabaseSecretArn")],
        ),
        allow("ReadBundles", [s3.GetObject], [Sub(f"${{ArtefactBucketArn}}/{BUNDLE_PREFIX}/*")]),
        allow("ReadWithKey", [kms.Decrypt], [Ref("StoreKeyArn")], StringEquals({"kms:ViaService": services})),
    )
    role = template.add_resource(
        iam.Role(
            "InstanceRole",
            AssumeRolePolicyDocument=_trust_ec2(),
            ManagedPolicyArns=[_managed_policy("AWSElasticBeanstalkWebTier")],
            Policies=[iam.Policy(PolicyName="api", PolicyDocument=policy)],
        )
    )
    return template.add_resource(iam.InstanceProfile("InstanceProfile", Roles=[Ref(role)]))


def _trust_ec2() -> PolicyDocument:
    """Return a trust policy without a condition on the account: EC2 does not send aws:SourceAccount."""
    return document(
        Statement(
            Effect=Allow, Principal=Principal("Service", ["ec2.amazonaws.com"]), Action=[sts.AssumeRole]
        )
    )


def _managed_policy(name: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:iam::aws:policy/{name}")
