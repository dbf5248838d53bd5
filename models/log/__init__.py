# A model stands after those that it inherits from.
# isort: off
from . import (
    sync_log,
    sync_log_request,
)
