"""Links between records and what they are elsewhere: the table, and code's view of
it.
"""
