"""Sample activity: plausible users and tasks, written through the same commit path as everything else."""
