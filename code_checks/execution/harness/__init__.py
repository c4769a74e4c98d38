"""What is copied into a sandbox to run a workspace's own tests there; imported nowhere else."""
