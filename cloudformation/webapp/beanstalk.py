"""The Beanstalk application, its version and its environment."""

from collections.abc import Mapping

from troposphere import GetAtt, If, Ref, Template, ec2, elasticbeanstalk, iam

from cloudformation.settings import Settings
from cloudformation.webapp.options import HAS_CERTIFICATE, option_settings

# The number of application versions that Beanstalk keeps for a rollback.
KEPT_VERSIONS = 50


def allow_ingress(template: Template) -> ec2.SecurityGroupIngress:
    """Allow clients to connect to the load balancer.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupingress.html

    The rule is in the same stack as the listener, so that the open port and the listener change together.
    """
    # With a certificate, port 80 stays closed. A redirect to HTTPS would come too late: a client would
    # already have sent its password in plain text.
    port = If(HAS_CERTIFICATE, 443, 80)
    return template.add_resource(
        ec2.SecurityGroupIngress(
            "Clients",
            Description="Clients",
            GroupId=Ref("LoadBalancerSecurityGroupId"),
            IpProtocol="tcp",
            FromPort=port,
            ToPort=port,
            CidrIp="0.0.0.0/0",
        )
    )


def add_application(template: Template, service_role: iam.Role) -> elasticbeanstalk.Application:
    """Add the Beanstalk application.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticbeanstalk-application.html
    """
    # Old versions are deleted, because an account can have at most 1,000 application versions. The bundles of
    # deleted versions stay in the bucket.
    lifecycle = elasticbeanstalk.ApplicationResourceLifecycleConfig(
        ServiceRole=GetAtt(service_role, "Arn"),
        VersionLifecycleConfig=elasticbeanstalk.ApplicationVersionLifecycleConfig(
            MaxCountRule=elasticbeanstalk.MaxCountRule(
                Enabled=True, MaxCount=KEPT_VERSIONS, DeleteSourceFromS3=False
            )
        ),
    )
    return template.add_resource(
        elasticbeanstalk.Application(
            "Application", Description="The to-do API", ResourceLifecycleConfig=lifecycle
        )
    )


def add_version(
    template: Template, application: elasticbeanstalk.Application
) -> elasticbeanstalk.ApplicationVersion:
    """Add an application version for the uploaded bundle.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticbeanstalk-applicationversion.html

    The object key of the bundle contains a hash of its content, so new content creates a new version. The
    previous version is kept for a rollback.
    """
    return template.add_resource(
        elasticbeanstalk.ApplicationVersion(
            "Version",
            ApplicationName=Ref(application),
            SourceBundle=elasticbeanstalk.SourceBundle(
                S3Bucket=Ref("ArtefactBucketName"), S3Key=Ref("ApplicationBundleKey")
            ),
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Retain",
        )
    )


def add_environment(
    template: Template,
    settings: Settings,
    application: elasticbeanstalk.Application,
    version: elasticbeanstalk.ApplicationVersion,
    profile: iam.InstanceProfile,
    service_role: iam.Role,
    secrets: Mapping[str, Ref],
) -> elasticbeanstalk.Environment:
    """Add the Beanstalk environment, which runs the API.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticbeanstalk-environment.html

    The platform is set by `PlatformArn`, because a change of `SolutionStackName` would replace the
    environment.
    """
    return template.add_resource(
        elasticbeanstalk.Environment(
            "Environment",
            EnvironmentName=Ref("AWS::StackName"),
            ApplicationName=Ref(application),
            VersionLabel=Ref(version),
            PlatformArn=Ref("PlatformArn"),
            Tier=elasticbeanstalk.Tier(Name="WebServer", Type="Standard"),
            OptionSettings=option_settings(settings, profile, service_role, secrets),
        )
    )
