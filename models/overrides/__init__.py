# A model stands after those that it inherits from.
# isort: off
from . import (
    base,
    ir_http,
    ir_qweb,
    res_users,
    res_groups,
    base_automation,
)
