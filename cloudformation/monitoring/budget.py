"""What an environment may cost in a month, and who hears of it."""

import hashlib
import json
from typing import Any

from troposphere import Ref, Sub, Template, budgets

from cloudformation.settings import Settings

PERCENT = (80, 100)


def add_budget(template: Template, settings: Settings, topic: Ref) -> budgets.Budget:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-budgets-budget.html

    Name and notifications can be set only once, so the name changes with them, by their hash.
    """
    notifications = [_notification(percent, topic) for percent in PERCENT]
    content = json.dumps([each.to_dict() for each in notifications], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return template.add_resource(
        budgets.Budget(
            "Budget",
            Budget=budgets.BudgetData(
                BudgetName=Sub(f"${{AWS::StackName}}-{digest}"),
                BudgetType="COST",
                TimeUnit="MONTHLY",
                BudgetLimit=budgets.Spend(Amount=settings.monthly_budget, Unit="USD"),
                # Costs carry the tag once it is activated in the billing console.
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
