"""The network: a VPC with public and private subnets, its routes, security groups and flow log."""

from cloudformation.network.stack import build

__all__ = ["build"]
