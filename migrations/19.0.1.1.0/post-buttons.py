"""Name the buttons whose data means something else by the rules of YAML 1.2.

What was meant, nobody can tell: ``NO`` may have been Norway, or false.
"""

import json
import logging

import yaml
from odoo.addons.sync.engine.runs import button_data

_logger = logging.getLogger("odoo.addons.sync.migration")


def migrate(cr, version):
    cr.execute(
        """
        SELECT project.name, trigger.name, trigger.data
          FROM sync_trigger trigger
          JOIN sync_task task ON task.id = trigger.task_id
          JOIN sync_project project ON project.id = task.project_id
         WHERE trigger.type = 'button' AND trigger.data IS NOT NULL
        """
    )
    for project, trigger, data in cr.fetchall():
        before, now = _read(_read_before, data), _read(button_data.read, data)
        if repr(before) != repr(now):
            _logger.warning(
                "The data of the button %s / %s was %s, and is now %s",
                *(project, trigger, before, now),
            )


def _read_before(data):
    try:
        return json.loads(data)
    except ValueError:
        return yaml.safe_load(data)


def _read(read, data):
    try:
        return read(data)
    except Exception as error:
        # Whatever is wrong with it is worth a line, and no reason to stop.
        return f"refused: {error}"
