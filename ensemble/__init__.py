"""Several models that must agree before they speak."""
