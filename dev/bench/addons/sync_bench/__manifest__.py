{
    "name": "Sync Studio: benchmark",
    "summary": "What the benchmark measures, and the peers it measures against",
    "version": "19.0.1.0.0",
    "category": "Technical",
    "author": "Sync Studio developers",
    "license": "LGPL-3",
    "depends": ["sync", "contacts"],
    "data": ["security/ir.model.access.csv"],
}
