# A model stands after those that it inherits from.
# isort: off
from . import (
    sync_project,
    sync_project_approval,
    sync_project_guards,
    sync_project_value,
    sync_project_param,
    sync_project_secret,
    sync_audit,
)
