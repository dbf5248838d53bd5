"""Webhooks' requests and answers: read, made, told in a log."""
