"""What the three simulators share: server, faults, deliveries and the web page."""
