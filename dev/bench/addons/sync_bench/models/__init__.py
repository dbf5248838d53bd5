from . import (
    sync_bench,
    sync_bench_database,
    sync_bench_events,
    sync_bench_links,
    sync_bench_row,
    sync_bench_views,
)
