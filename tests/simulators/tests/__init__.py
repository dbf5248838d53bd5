"""Tests of the simulators, with the official client libraries where there are any."""
