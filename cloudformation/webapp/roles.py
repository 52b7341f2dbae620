"""Who the API is on its instances, and who Beanstalk is when it looks after them."""

from awacs import kms, s3, secretsmanager, sts
from awacs.aws import Allow, PolicyDocument, Principal, Statement, StringEquals
from troposphere import Ref, Sub, Template, iam
from troposphere.secretsmanager import Secret

from cloudformation.parts.policies import allow, document, trust

BUNDLES = "webapp"


def add_service_role(template: Template) -> iam.Role:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-servicerole.html"""
    asked_by = StringEquals({"sts:ExternalId": "elasticbeanstalk"})
    return template.add_resource(
        iam.Role(
            "ServiceRole",
            AssumeRolePolicyDocument=trust(["elasticbeanstalk.amazonaws.com"], asked_by),
            ManagedPolicyArns=[
                _managed("service-role/AWSElasticBeanstalkEnhancedHealth"),
                _managed("AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"),
            ],
        )
    )


def add_instance_profile(template: Template, uri: Secret) -> iam.InstanceProfile:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-instanceprofile.html

    Beside what Beanstalk's agent does on an instance: read the bundle and the two secrets, no more.
    """
    services = [Sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in ("s3", "secretsmanager")]
    policy = document(
        allow("ReadSecrets", [secretsmanager.GetSecretValue], [Ref("JwtSecretArn"), Ref(uri)]),
        allow("ReadBundles", [s3.GetObject], [Sub(f"${{ArtefactBucketArn}}/{BUNDLES}/*")]),
        allow("ReadWithKey", [kms.Decrypt], [Ref("StoreKeyArn")], StringEquals({"kms:ViaService": services})),
    )
    role = template.add_resource(
        iam.Role(
            "InstanceRole",
            AssumeRolePolicyDocument=_trust_instances(),
            ManagedPolicyArns=[_managed("AWSElasticBeanstalkWebTier")],
            Policies=[iam.Policy(PolicyName="api", PolicyDocument=policy)],
        )
    )
    return template.add_resource(iam.InstanceProfile("InstanceProfile", Roles=[Ref(role)]))


def _trust_instances() -> PolicyDocument:
    """Without a condition: EC2 tells of no account, and only we put the role into a profile."""
    return document(
        Statement(
            Effect=Allow, Principal=Principal("Service", ["ec2.amazonaws.com"]), Action=[sts.AssumeRole]
        )
    )


def _managed(name: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:iam::aws:policy/{name}")
