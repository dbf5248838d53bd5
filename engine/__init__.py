"""What runs a project's code: pure Python, without a model of its own."""
