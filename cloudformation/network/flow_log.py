"""The flow log of the VPC, which records rejected connections."""

from awacs import logs as actions
from troposphere import GetAtt, Ref, Template, ec2, iam

from cloudformation.components.logs import add_log_group
from cloudformation.components.policies import allow, document, trust
from cloudformation.settings import Settings


def add_flow_log(template: Template, settings: Settings, vpc: ec2.VPC, key_arn: Ref) -> ec2.FlowLog:
    """Add the flow log of the VPC, its log group and its role.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html

    Only connections that a security group rejected are recorded. These records show attacks and missing
    rules, and cost much less than a record of all traffic.
    """
    group = add_log_group(template, settings, "FlowLogGroup", key_arn)
    write = allow(
        "WriteFlowLog",
        [actions.CreateLogStream, actions.DescribeLogStreams, actions.PutLogEvents],
        [GetAtt(group, "Arn")],
    )
    find = allow("FindLogGroup", [actions.DescribeLogGroups], ["*"])
    role = template.add_resource(
        iam.Role(
            "FlowLogRole",
            AssumeRolePolicyDocument=trust(["vpc-flow-logs.amazonaws.com"]),
            Policies=[iam.Policy(PolicyName="write-flow-log", PolicyDocument=document(write, find))],
        )
    )
    return template.add_resource(
        ec2.FlowLog(
            "FlowLog",
            ResourceType="VPC",
            ResourceId=Ref(vpc),
            TrafficType="REJECT",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=Ref(group),
            DeliverLogsPermissionArn=GetAtt(role, "Arn"),
        )
    )
