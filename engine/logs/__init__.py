"""What a run writes down: lines, tracebacks, alarms."""
