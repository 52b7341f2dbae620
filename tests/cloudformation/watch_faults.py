"""Faults in what is watched and counted, in the paths of the network, and in Beanstalk's values."""

import json
from collections.abc import Callable
from typing import Any

from tests.cloudformation import count_rules, option_rules, path_rules, watch_rules
from tests.cloudformation.faults import Damage, drop, faults, put, remove
from tests.cloudformation.rules import Json
from tests.cloudformation.service_faults import option

_METRIC = ("Metrics", 0, "MetricStat")
_NOTIFICATION = ("Budget", "NotificationsWithSubscribers", 0)
_TRANSFORMATION = ("LoginFailuresFilter", "MetricTransformations", 0)
_VARIABLE = "elasticbeanstalk:application:environment"
_HEALTH = "elasticbeanstalk:healthreporting:system"


def dashboard(change: Callable[[Any], None]) -> Damage:
    """Change the body of the dashboard."""

    def damage(template: Json) -> None:
        body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        content = json.loads(body["Fn::Sub"])
        change(content)
        body["Fn::Sub"] = json.dumps(content)

    return damage


_ALARMS = [
    *faults(
        "monitoring",
        watch_rules.lost_alarms,
        {"alarm lost": remove("ApiHealth"), "composite lost": remove("ServiceDown")},
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_thresholds,
        {
            "milliseconds for seconds": put(500, "ApiLatency", "Threshold"),
            "gigabytes for bytes": put(0.25, "DatabaseMemory", "Threshold"),
            "share for percent": put(0.01, "ApiErrors", "Threshold"),
            "comparison turned round": put("GreaterThanThreshold", "DatabaseMemory", "ComparisonOperator"),
            "silence is fine": put("notBreaching", "InsightsAge", "TreatMissingData"),
            "silence is a fault": put("breaching", "LoginFailures", "TreatMissingData"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.late_alarms,
        {
            "seconds for minutes": put(5, "ApiLatency", *_METRIC, "Period"),
            "told after a day": put(288, "DatabaseCpu", "EvaluationPeriods"),
            "periods that differ": put(60, "ApiErrors", "Metrics", 1, "MetricStat", "Period"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.other_metrics,
        {
            "another metric": put("ApplicationRequests4xx", "ApiLatency", *_METRIC, "Metric", "MetricName"),
            "share turned round": put(
                "IF(some > 0, 100 * requests / some, 0)", "ApiErrors", "Metrics", 0, "Expression"
            ),
            "divided by nothing": put("some / requests", "ApiErrors", "Metrics", 0, "Expression"),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_statistics,
        {"average of the worst": put("Average", "InsightsAge", *_METRIC, "Stat")},
    ),
    *faults(
        "monitoring",
        watch_rules.foreign_series,
        {
            "another environment": put("prod", "InsightsAge", *_METRIC, "Metric", "Dimensions", 0, "Value"),
            "another cluster": put(
                {"Ref": "WorkgroupName"}, "DatabaseCpu", *_METRIC, "Metric", "Dimensions", 0, "Value"
            ),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.unsaid_alarms,
        {
            "section of another": put(
                "Late. What to do: docs/runbook.md#api-health", "InsightsAge", "AlarmDescription"
            )
        },
    ),
    *faults(
        "monitoring",
        watch_rules.other_clusters,
        {"named after the stack": put({"Fn::Sub": "${AWS::StackName}-cpu"}, "DatabaseCpu", "AlarmName")},
    ),
    *faults(
        "monitoring",
        watch_rules.wrong_composites,
        {
            "alarm that is not there": put({"Fn::Sub": 'ALARM("${Late}")'}, "DataLate", "AlarmRule"),
            "brackets left open": put(
                {"Fn::Sub": '(ALARM("${InsightsAge}") OR ALARM("${HoursFailed}")'}, "DataLate", "AlarmRule"
            ),
        },
    ),
    *faults(
        "monitoring",
        watch_rules.unreadable_charts,
        {
            "chart of no region": dashboard(lambda body: body["widgets"][1]["properties"].pop("region")),
            "charts over each other": dashboard(lambda body: body["widgets"][1].update(x=1)),
            "chart beside the page": dashboard(lambda body: body["widgets"][1].update(x=20)),
            "period in minutes": dashboard(lambda body: body["widgets"][1]["properties"].update(period=5)),
            "chart lost": dashboard(lambda body: body["widgets"].pop(2)),
            "alarm not listed": dashboard(lambda body: body["widgets"][0]["properties"]["alarms"].pop()),
        },
    ),
]

_COUNTS = [
    *faults(
        "monitoring",
        count_rules.blind_filters,
        {
            "field that no line has": put("{ $.status = 500 }", "Errors5xxFilter", "FilterPattern"),
            "spacing of another writer": put('"\\"http_status\\":429"', "RateLimitedFilter", "FilterPattern"),
            "path of before": put('"POST /login" "401"', "LoginFailuresFilter", "FilterPattern"),
            "filter lost": remove("RequestsFilter"),
        },
    ),
    *faults(
        "monitoring",
        count_rules.wrong_counts,
        {
            "counted in tens": put("10", *_TRANSFORMATION, "MetricValue"),
            "counted elsewhere": put("TodoApi/Api/prod", *_TRANSFORMATION, "MetricNamespace"),
            "default of one": put(1, *_TRANSFORMATION, "DefaultValue"),
        },
    ),
    *faults(
        "monitoring",
        count_rules.idle_budgets,
        {
            "budget of a year": put("ANNUALLY", "Budget", "Budget", "TimeUnit"),
            "budget of ten": put(4000, "Budget", "Budget", "BudgetLimit", "Amount"),
            "budget of all": drop("Budget", "Budget", "CostFilters"),
            "nobody told": put([], *_NOTIFICATION, "Subscribers"),
            "dollars for percent": put("ABSOLUTE_VALUE", *_NOTIFICATION, "Notification", "ThresholdType"),
        },
    ),
    *faults("monitoring", count_rules.missing_budgets, {"budget lost": remove("Budget")}),
]

_PATHS = [
    *faults(
        "network",
        path_rules.other_ways,
        {
            "way to the database lost": remove("DatabaseSecurityGroupFromAirflowSecurityGroup27017"),
            "way out lost": remove("WebSecurityGroupToDatabaseSecurityGroup27017"),
            "Airflow without itself": remove("AirflowSecurityGroupFromAirflowSecurityGroup5432"),
        },
    ),
    *faults(
        "network",
        path_rules.misnamed_ways,
        {
            "database for the balancer": put(
                {"Ref": "LoadBalancerSecurityGroup"},
                *("DatabaseSecurityGroupFromWebSecurityGroup27017", "SourceSecurityGroupId"),
            )
        },
    ),
    *faults(
        "network",
        path_rules.loose_groups,
        {
            "sends anything": put("-1", "WebSecurityGroup", "SecurityGroupEgress", 0, "IpProtocol"),
            "database sends": put("0.0.0.0/0", "DatabaseSecurityGroup", "SecurityGroupEgress", 0, "CidrIp"),
            "SSH": put([{"CidrIp": "0.0.0.0/0"}], "WebSecurityGroup", "SecurityGroupIngress"),
            "always in the clear": put(80, "LoadBalancerSecurityGroup", "SecurityGroupIngress", 0, "ToPort"),
        },
    ),
    *faults(
        "network",
        path_rules.unfit_subnets,
        {
            "subnets overlap": put("10.20.1.0/24", "PublicSubnet2", "CidrBlock"),
            "outside the VPC": put("10.99.1.0/24", "PublicSubnet2", "CidrBlock"),
        },
    ),
    *faults(
        "network",
        path_rules.crossed_zones,
        {
            "table of another subnet": put(
                {"Ref": "PrivateSubnet2RouteTable"}, "PrivateSubnet1Association", "RouteTableId"
            )
        },
    ),
    *faults(
        "network",
        path_rules.far_gateways,
        {"gateway of another zone": put({"Ref": "NatGateway2"}, "PrivateSubnet1Route", "NatGatewayId")},
    ),
    *faults(
        "network",
        path_rules.partial_endpoints,
        {"half an endpoint": drop("S3Endpoint", "RouteTableIds", 0)},
    ),
]

_OPTIONS = [
    *faults(
        "webapp",
        option_rules.other_options,
        {
            "old TLS": option("elbv2:listener:443", "SSLPolicy", Value="ELBSecurityPolicy-2016-08"),
            "one address": option("ec2:vpc", "Subnets", Value={"Ref": "PublicSubnet1Id"}),
            "minutes for seconds": option("elasticbeanstalk:command", "Timeout", Value="15"),
            "scaled too late": option("autoscaling:trigger", "UpperThreshold", Value="100"),
            "one instance at most": option("autoscaling:asg", "MaxSize", Value="1"),
            "logs in another bucket": option(
                "elbv2:loadbalancer", "AccessLogsS3Bucket", Value={"Ref": "ArtefactBucketName"}
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.unpublished_health,
        {
            "health document cut off": option(_HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {'),
            "health not published": option(
                _HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {"Environment": {}}, "Version": 1}'
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.loose_listeners,
        {"TLS without a certificate": option("ec2:vpc", "ELBScheme", Namespace="aws:elbv2:listener:443")},
    ),
    *faults(
        "webapp",
        option_rules.other_environments,
        {
            "called prod": option(
                "elasticbeanstalk:application:environment", "TODO_ENVIRONMENT", Value="prod"
            ),
            "as large as prod": option("autoscaling:asg", "MinSize", Value="2"),
        },
    ),
]

FAULTS = [*_ALARMS, *_COUNTS, *_PATHS, *_OPTIONS]
