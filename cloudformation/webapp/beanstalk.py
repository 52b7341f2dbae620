"""The application, its version and its environment."""

from collections.abc import Mapping

from troposphere import If, Ref, Sub, Template, ec2, elasticbeanstalk, iam, secretsmanager

from cloudformation.parts.database import OPTIONS, password
from cloudformation.settings import Settings
from cloudformation.webapp.options import ENCRYPTED, option_settings

# Where the certificates of DocumentDB lie when Beanstalk has unpacked the bundle.
CERTIFICATES = "/var/app/current/certificates/global-bundle.pem"


def add_database_uri(template: Template, settings: Settings) -> secretsmanager.Secret:
    """https://docs.aws.amazon.com/documentdb/latest/developerguide/connect_programmatically.html

    A secret with the whole address: Beanstalk gives the application one variable per secret.
    """
    options = "&".join(f"{name}={value}" for name, value in {**OPTIONS, "tlsCAFile": CERTIFICATES}.items())
    login = f"{password('username')}:{password('password')}"
    return template.add_resource(
        secretsmanager.Secret(
            "DatabaseUri",
            Description="The API's way to the database",
            KmsKeyId=Ref("StoreKeyArn"),
            SecretString=Sub(f"mongodb://{login}@${{DatabaseHost}}:{settings.database_port}/?{options}"),
        )
    )


def let_clients_in(template: Template) -> ec2.SecurityGroupIngress:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupingress.html

    Here rather than with its group: a port that changed a stack before its listener would answer nobody.
    """
    # One port: with a certificate nobody is to send a password without TLS, not even to be redirected.
    port = If(ENCRYPTED, 443, 80)
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


def add_application(template: Template) -> elasticbeanstalk.Application:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticbeanstalk-application.html"""
    return template.add_resource(elasticbeanstalk.Application("Application", Description="The to-do API"))


def add_version(
    template: Template, application: elasticbeanstalk.Application
) -> elasticbeanstalk.ApplicationVersion:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticbeanstalk-applicationversion.html

    The bundle's key holds the hash of its content: other content is another version, and the former one
    stays for a rollback.
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
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticbeanstalk-environment.html

    The platform by its ARN, which may change later; the name of a solution stack never could.
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
