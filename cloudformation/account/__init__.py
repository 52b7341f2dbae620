"""What the account must offer before a deployment, and what must be gone from it afterwards."""
