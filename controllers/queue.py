from odoo import http
from odoo.http import request

from ..engine.runs import relay
from ..models.queue.runner import Runner


class RelayController(Runner):
    @http.route()
    def runjob(self, job_uuid, **params):
        """Run a job, and those that follow in the same place of its channel."""
        with relay.opened() as line:
            try:
                response = super().runjob(job_uuid, **params)
                _finish(request.env)
                return response
            except Exception as error:
                _undo(request.env)
                if request.env["sync.job"]._ensure_ended(job_uuid, error):
                    return ""
                raise
            finally:
                for next_uuid in line:
                    _run_next(request.env, next_uuid)

    @classmethod
    def _acquire_job(cls, env, job_uuid):
        # The runner may have chosen the job before it saw that a worker has taken it.
        if env["sync.job"]._is_taken(job_uuid):
            return None
        return super()._acquire_job(env, job_uuid)


def _run_next(env, job_uuid):
    """Run a job as if a request of its own had come for it."""
    try:
        env.registry.check_signaling(env.cr)
        env.transaction.reset()
        Runner._run_taken(env, job_uuid)
        _finish(env)
    except Exception as error:
        # queue_job has recorded the failure, if it could: the next job's turn.
        _undo(env)
        env["sync.job"]._ensure_ended(job_uuid, error)


def _finish(env):
    env.cr.commit()  # pylint: disable=invalid-commit
    env.registry.signal_changes()


def _undo(env):
    env.cr.rollback()
    env.registry.reset_changes()
