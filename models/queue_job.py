from odoo import models


class QueueJob(models.Model):
    """The queue's own record of a job: people look at ours."""

    _inherit = "queue.job"

    def _message_post_on_failure(self):
        # A project shows its failed jobs. One mail for each, with a link that
        # Developers may not follow, would be noise.
        foreign = self.filtered(lambda job: job.model_name != "sync.job")
        return super(QueueJob, foreign)._message_post_on_failure() if foreign else None
