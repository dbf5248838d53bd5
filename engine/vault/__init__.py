"""Keys, encryption, signatures and masks; what Managers approved, and who asks for
it.
"""
