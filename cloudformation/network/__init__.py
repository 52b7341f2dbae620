"""The network: a VPC with public and private subnets, the ways out of it, and who may talk to whom."""

from cloudformation.network.stack import build

__all__ = ["build"]
