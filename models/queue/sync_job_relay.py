import logging
import os
from functools import cache

import psycopg2
from odoo import api, models
from odoo.tools import SQL

from ...engine.errors import is_transient
from ...engine.runs import relay
from . import queue_job_names

_logger = logging.getLogger(__name__)
_told = set()


@cache
def _paced_channels():
    """Return them without asking each time: they are configured."""
    return queue_job_names.paced_channels()


class SyncJobRelay(models.Model):
    """How a worker goes on to the next job without another request for it.

    A job is taken by the one before it, in a transaction of its own, before that one
    is done: the job runner frees its place in the channel only when it has seen that
    the next one has it, and so there are never more jobs than the channel allows.
    """

    _inherit = "sync.job"

    # -- taking ----------------------------------------------------------------

    def _take_next(self):
        """Take the job after this one, if a request runs it and has time for more."""
        line = relay.current()
        if not line or not line.has_time():
            return
        try:
            job_uuid = self._claim_next(line.cursor(self.env.registry.cursor))
        except psycopg2.Error as error:
            # This job is done all the same, and the next one is the runner's.
            self._tell_not_taken(error)
        else:
            line.add(job_uuid)

    def _tell_not_taken(self, error):
        """Say why no job was taken: in the log that is read, if it won't pass."""
        key = (self.env.cr.dbname, error.pgcode)
        if is_transient(error) or key in _told:
            # Somebody else was faster, or there is no connection left.
            _logger.debug("No next job was taken: %s", error)
            return
        _told.add(key)
        _logger.error(
            "No job can be taken after another one, so each waits for the job runner, "
            "which is slower: %s\nUpdate Sync Studio; it works with queue_job %s.",
            error,
            queue_job_names.WANTED,
        )

    def _claim_next(self, cr):
        """Mark the next job as started, at once; return its UUID, if there is one."""
        arguments = (self.queue_job_uuid, os.getpid(), _paced_channels())
        query = SQL("SELECT sync_job_take(%s, %s, %s)", *arguments)
        try:
            cr.execute(query, log_exceptions=False)
            (job_uuid,) = cr.fetchone()
            # The job runner has to see it before this job is done.
            cr.commit()  # pylint: disable=invalid-commit
        except psycopg2.Error:
            cr.rollback()
            raise
        return job_uuid

    @api.model
    def _is_taken(self, job_uuid):
        """Tell whether a worker has gone on to one of our jobs before it was asked."""
        self.env.cr.execute(
            SQL(
                """
                SELECT FROM queue_job
                 WHERE uuid = %s AND model_name = 'sync.job'
                   AND state IN ('started', 'done', 'failed')
                """,
                job_uuid,
            )
        )
        return bool(self.env.cr.rowcount)
