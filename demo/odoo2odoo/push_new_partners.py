def handle_db(records):
    # The usual few are pushed at once, the rest of a big import in sub-jobs.
    push(records[:CHUNK])
    push_later(records[CHUNK:])
