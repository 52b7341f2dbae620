"""The webapp stack from its first resource to its outputs."""

from troposphere import GetAtt, Ref, Sub, Template

from cloudformation.parts.wiring import may_have, need, offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything
from cloudformation.webapp import beanstalk, options, roles

NEEDED = {
    "ApplicationBundleKey": "Key of the bundle in the artefact bucket",
    "ArtefactBucketArn": "Bucket of the bundle",
    "ArtefactBucketName": "The same bucket by its name",
    "DatabaseHost": "Where the primary is",
    "DatabaseSecretArn": "User and password of the database",
    "JwtSecretArn": "Secret that signs tokens",
    "LoadBalancerSecurityGroupId": "Security group of the load balancer",
    "LogBucketName": "Bucket of access logs",
    "PlatformArn": "Beanstalk's platform: Python on Amazon Linux 2023",
    "PrivateSubnet1Id": "A private subnet",
    "PrivateSubnet2Id": "Another, in another zone",
    "PublicSubnet1Id": "A public subnet",
    "PublicSubnet2Id": "Another, in another zone",
    "StoreKeyArn": "Key of artefacts and secrets",
    "VpcId": "The VPC",
    "WebSecurityGroupId": "Security group of the instances",
}


def build(settings: Settings) -> Template:
    """Return the template of the API for one environment."""
    template = start_template(settings, "the API")
    for name, description in NEEDED.items():
        need(template, name, description)
    may_have(template, "CertificateArn", options.ENCRYPTED, "Certificate of the API; empty: no TLS")

    uri = beanstalk.add_database_uri(template, settings)
    beanstalk.let_clients_in(template)
    application = beanstalk.add_application(template)
    environment = beanstalk.add_environment(
        template,
        settings,
        application,
        beanstalk.add_version(template, application),
        roles.add_instance_profile(template, uri),
        roles.add_service_role(template),
        {"JWT_SECRET_KEY": Ref("JwtSecretArn"), "MONGODB_URI": Ref(uri)},
    )

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "ApiEnvironmentName", Ref(environment), "Name of the Beanstalk environment")
    offer(template, "ApiHost", GetAtt(environment, "EndpointURL"), "Load balancer of the API")
    log = "/aws/elasticbeanstalk/${Environment}/var/log/web.stdout.log"
    offer(template, "ApiLogGroupName", Sub(log), "Log group of the API's lines")
    return template
