"""The monthly budget of an environment and its notifications."""

import hashlib
import json
from typing import Any

from troposphere import Ref, Sub, Template, budgets

from cloudformation.settings import Settings

NOTIFY_AT_PERCENT = (80, 100)


def add_budget(template: Template, settings: Settings, topic: Ref) -> budgets.Budget:
    """Add the monthly budget of an environment, which sends its notifications to the topic.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-budgets-budget.html

    The notifications of a budget cannot be updated. So the name of the budget contains a hash of the
    notifications, and changed notifications create a new budget.
    """
    notifications = [_notification(percent, topic) for percent in NOTIFY_AT_PERCENT]
    content = json.dumps([notification.to_dict() for notification in notifications], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return template.add_resource(
        budgets.Budget(
            "Budget",
            Budget=budgets.BudgetData(
                BudgetName=Sub(f"${{AWS::StackName}}-{digest}"),
                BudgetType="COST",
                TimeUnit="MONTHLY",
                BudgetLimit=budgets.Spend(Amount=settings.monthly_budget, Unit="USD"),
                # AWS assigns costs to this tag only after the tag was activated in the billing console.
                CostFilters={"TagKeyValue": [f"user:CostCenter${settings.cost_center}"]},
            ),
            NotificationsWithSubscribers=notifications,
        )
    )


def _notification(percent: int, topic: Ref) -> Any:
    return budgets.NotificationWithSubscribers(
        Notification=budgets.Notification(
            NotificationType="ACTUAL",
            ComparisonOperator="GREATER_THAN",
            Threshold=percent,
            ThresholdType="PERCENTAGE",
        ),
        Subscribers=[budgets.Subscriber(SubscriptionType="SNS", Address=topic)],
    )
