"""How stacks hold together: an output of one is a parameter, of the same name, of those that need it."""

from typing import Any

from troposphere import Equals, Not, Output, Parameter, Ref, Template

from cloudformation.settings import Settings


def start_template(settings: Settings, contents: str) -> Template:
    """Return an empty template that says what it is for."""
    template = Template(Description=f"Todo insights, {settings.environment}: {contents}")
    template.set_version("2010-09-09")
    return template


def need(template: Template, name: str, description: str) -> Ref:
    """Return what an earlier stack put out, or a deployment brings along, under this name.

    Without a default: a value that nobody gives has to stop the deployment before it begins.
    """
    return Ref(template.add_parameter(Parameter(name, Type="String", Description=description)))


def may_have(template: Template, name: str, condition: str, description: str) -> Ref:
    """Return what an operator may give or leave out; `condition` holds if there is something."""
    parameter = template.add_parameter(Parameter(name, Type="String", Default="", Description=description))
    template.add_condition(condition, Not(Equals(Ref(parameter), "")))
    return Ref(parameter)


def offer(template: Template, name: str, value: Any, description: str) -> None:
    """Put out a value for later stacks; without Export, which would lock this stack to its readers."""
    template.add_output(Output(name, Value=value, Description=description))
