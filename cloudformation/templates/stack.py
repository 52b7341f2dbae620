"""The template of a stack, for Sceptre: https://docs.sceptre-project.org/latest/docs/templates.html"""

import json
from collections.abc import Mapping

from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS


def sceptre_handler(data: Mapping[str, str]) -> str:
    """Return the template as JSON without spaces: CloudFormation accepts at most 51,200 bytes in a call."""
    template = STACKS[data["stack"]](ENVIRONMENTS[data["environment"]])
    return json.dumps(template.to_dict(), separators=(",", ":"))
