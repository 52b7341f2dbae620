"""The commands of `flask`, one module for each command group."""

from webapp.cli import changes, sample_data, users

BLUEPRINTS = (changes.blueprint, users.blueprint, sample_data.blueprint)
