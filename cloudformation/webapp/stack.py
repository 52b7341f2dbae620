"""The webapp stack: its parameters, resources and outputs."""

from troposphere import GetAtt, Ref, Sub, Template

from cloudformation.components.logs import add_log_group
from cloudformation.components.template import (
    add_optional_parameter,
    add_output,
    add_parameter,
    finish_template,
    start_template,
)
from cloudformation.settings import Settings
from cloudformation.webapp import beanstalk, options, roles

PARAMETERS = {
    "ApiDatabaseSecretArn": "Database user of the API",
    "ApplicationBundleKey": "Key of the bundle in the artefact bucket",
    "ArtefactBucketArn": "Bucket of the bundle",
    "ArtefactBucketName": "Name of the bucket of the bundle",
    "DatabaseHost": "Host name of the primary instance",
    "JwtSecretArn": "Secret that signs tokens",
    "LoadBalancerSecurityGroupId": "Security group of the load balancer",
    "LogBucketName": "Bucket of access logs",
    "PlatformArn": "Platform of Beanstalk: Python on Amazon Linux 2023",
    "PrivateSubnet1Id": "A private subnet",
    "PrivateSubnet2Id": "Private subnet in the second availability zone",
    "PublicSubnet1Id": "A public subnet",
    "PublicSubnet2Id": "Public subnet in the second availability zone",
    "SignalKeyArn": "Key of log groups",
    "StoreKeyArn": "Key of artefacts and secrets",
    "VpcId": "The VPC",
    "WebSecurityGroupId": "Security group of the instances",
}
# The name of the log group, as in .ebextensions/metrics.config. Beanstalk's managed policy allows only log
# groups with this prefix.
METRICS_GROUP = "/aws/elasticbeanstalk/${AWS::StackName}/var/log/todo-api/metrics.log"


def build(settings: Settings) -> Template:
    """Return the template of the API for one environment."""
    template = start_template(settings, "the API")
    for name, description in PARAMETERS.items():
        add_parameter(template, name, description)
    add_optional_parameter(
        template,
        "CertificateArn",
        "Certificate of the API; empty: no TLS",
        r"arn:[a-z-]+:acm:\S+",
        "must be the ARN of a certificate in ACM",
        options.HAS_CERTIFICATE,
    )

    beanstalk.allow_ingress(template)
    service_role = roles.add_service_role(template)
    # The log group is created before the environment. Otherwise the CloudWatch agent of the environment would
    # create the group without a key and without a retention.
    metrics = add_log_group(template, settings, "MetricsLogGroup", Ref("SignalKeyArn"), Sub(METRICS_GROUP))
    application = beanstalk.add_application(template, service_role)
    environment = beanstalk.add_environment(
        template,
        settings,
        application,
        beanstalk.add_version(template, application),
        roles.add_instance_profile(template),
        service_role,
        {"JWT_SECRET_KEY": Ref("JwtSecretArn")},
    )

    environment.DependsOn = metrics.title
    finish_template(template, settings)

    add_output(template, "ApiEnvironmentName", Ref(environment), "Name of the Beanstalk environment")
    add_output(
        template, "ApiHost", GetAtt(environment, "EndpointURL"), "Host name of the API's load balancer"
    )
    log = "/aws/elasticbeanstalk/${Environment}/var/log/web.stdout.log"
    add_output(template, "ApiLogGroupName", Sub(log), "Log group of the API")
    return template
