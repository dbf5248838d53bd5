"""Database events: from a changed record to the jobs of triggers."""
