"""One run: a project's snapshot, the names that its code sees, its handler, its job's
arguments.
"""
