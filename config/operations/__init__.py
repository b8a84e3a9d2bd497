"""What operators look at: health, metrics, the workers' signs of life."""
