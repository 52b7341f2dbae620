"""What a load needs and costs, from measured costs of one change; and the programs that measure them."""
