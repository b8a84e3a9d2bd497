"""The job engine: kinds, claims, runs, sweeps. Mechanics alone; what is written is decided in workflows."""
