"""Write what jobs of 19.0.1.0.0 wait with in the format of today.

That release marked dates, elements and records by the key ``_type``, which data from
outside may have as well. A mark is taken for one if the release could have written it.
Of records, it must be of this job's user, and not in a job of a webhook, whose callers
could have sent it. Else it stays data, and the job fails, for a person to decide.
"""

import json
from datetime import date

from dateutil import parser
from lxml import etree
from odoo import SUPERUSER_ID, api
from odoo.addons.sync.engine.errors import VaultError
from odoo.addons.sync.engine.runs import codec, payloads

_RECORDS = {"_type", "model", "ids", "uid", "su", "context"}
_WAITING = ("pending", "enqueued", "wait_dependencies", "started")
_REFUSAL = (
    "This job was queued by release 19.0.1.0.0, which could not tell records among the "
    "arguments from data that came from outside. Look at the payload: Retry runs the "
    "function with data in the place of the records."
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        SELECT job.id, job.project_id, job.user_id, job.payload, job.payload_token,
               job.queue_job_uuid,
               COALESCE(trigger.type, 'webhook') <> 'webhook'
          FROM sync_job job
          LEFT JOIN sync_trigger trigger ON trigger.id = job.trigger_id
         WHERE job.state <> 'done'
           AND (job.payload_token IS NOT NULL OR job.payload LIKE '%"\\_type"%'
                OR job.payload LIKE '%sync:type%' OR job.payload LIKE '%NaN%'
                OR job.payload LIKE '%Infinity%')
        """
    )
    for job_id, project_id, uid, shown, token, uuid, trusted in cr.fetchall():
        try:
            old = payloads.read(project_id, shown, token)
        except VaultError:
            # Without its key the job can't run. What it holds will be data.
            continue
        marks = Marks(uid, trusted)
        project = env["sync.project"].browse(project_id)._snapshot()
        stored = payloads.store(project, marks.convert(old))
        cr.execute(
            "UPDATE sync_job SET payload = %s, payload_token = %s WHERE id = %s",
            (stored.shown, stored.token, job_id),
        )
        if marks.doubtful:
            _refuse(cr, uuid)


def _refuse(cr, uuid):
    """Let the job fail where it waits; PostgreSQL tells the sync job."""
    cr.execute(
        """
        UPDATE queue_job SET state = 'failed', exc_message = %s
         WHERE uuid = %s AND state IN %s
        """,
        (_REFUSAL, uuid, _WAITING),
    )


class Marks:
    """The marks in one job's payload; ``doubtful`` if some were left as data."""

    def __init__(self, uid, trusted):
        self.doubtful = False
        self._uid = uid
        self._trusted = trusted

    def convert(self, text):
        """Return a payload of the old format in the new one."""
        value = json.loads(
            text,
            object_hook=self._object,
            parse_constant=lambda name: {codec.TAG: "float", "value": name},
        )
        return json.dumps(value, ensure_ascii=False)

    def _object(self, obj):
        if _could_be_records(obj):
            if self._trusted and obj["uid"] == self._uid:
                del obj["_type"]
                return {codec.TAG: "records", **obj}
            self.doubtful = True
        elif obj.keys() == {"_type", "value"} and (found := _value(obj)):
            return found
        if codec.TAG in obj:
            return {codec.TAG: "dict", "value": [list(item) for item in obj.items()]}
        return obj


def _could_be_records(obj):
    return (
        obj.keys() == _RECORDS
        and obj["_type"] == "odoo_recordset"
        and isinstance(obj["model"], str)
        and isinstance(obj["ids"], list)
        and all(type(number) is int for number in obj["ids"])
        and isinstance(obj["context"], dict)
    )


def _value(obj):
    """Return a mark of today for one of a date or an element, if it is one."""
    kind, value = obj["_type"], obj["value"]
    try:
        if kind == "datetime_isoformat":
            return {codec.TAG: "datetime", "value": parser.parse(value).isoformat()}
        if kind == "date_isoformat":
            return {codec.TAG: "date", "value": date.fromisoformat(value).isoformat()}
        if kind == "etree_element":
            etree.fromstring(value)
            return {codec.TAG: "xml", "value": value}
    except (TypeError, ValueError, OverflowError, etree.XMLSyntaxError):
        return None
    return None
