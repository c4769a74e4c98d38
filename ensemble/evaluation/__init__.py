"""What policies are worth: their quality and cost on tasks, through the product itself."""
