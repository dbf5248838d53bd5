from odoo import fields, models

from .queue_job_names import CANCELLED, DONE, PENDING

# What else changes with a job's state, as Job.set_pending() and its like have it.
_CHANGES = {
    PENDING: lambda: {
        **dict.fromkeys(("date_enqueued", "date_started", "date_done"), False),
        **{"date_cancelled": False, "worker_pid": False, "retry": 0},
    },
    CANCELLED: lambda: {"date_cancelled": fields.Datetime.now()},
    DONE: lambda: {
        **{"exc_name": False, "exc_info": False, "date_done": fields.Datetime.now()},
    },
}


class QueueJob(models.Model):
    """The queue's own record of a job: people look at ours."""

    _inherit = "queue.job"

    # The job runner sorts by these, and one job without them would end it for all.
    priority = fields.Integer(required=True)
    date_created = fields.Datetime(required=True)

    def write(self, vals):
        return super(QueueJob, self._in_living_language()).write(vals)

    def _in_living_language(self):
        """Return the records in a language that there is: a job may wait for long."""
        lang = self.env.context.get("lang")
        known = self.env["sync.job"]._is_language(lang)
        return self if known else self.with_context(lang=None)

    def _change_job_state(self, state, result=None):
        # Not by loading each job, which fails if its user, or what it is called with,
        # is gone: it must be possible to cancel just those.
        ours = self.filtered(lambda job: job.model_name == "sync.job")
        if ours:
            ours.write({**_CHANGES[state](), "state": state, "result": result})
        return super(QueueJob, self - ours)._change_job_state(state, result=result)

    def _message_post_on_failure(self):
        # A project shows its failed jobs. One mail for each, with a link that
        # Developers may not follow, would be noise.
        foreign = self.filtered(lambda job: job.model_name != "sync.job")
        return super(QueueJob, foreign)._message_post_on_failure() if foreign else None
