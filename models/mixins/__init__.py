# A model stands after those that it inherits from.
# isort: off
from . import (
    sync_cached,
    sync_archived,
    sync_coded,
    sync_copied,
    sync_counted,
    sync_of_project,
)
