"""What the tests stand on: databases, committed rows, threads, clients."""
