"""What code that Developers type may say: compile it, check it, name what it can
use.
"""
