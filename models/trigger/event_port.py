"""How database events reach triggers and jobs."""

from odoo.exceptions import MissingError

from ...engine.events.port import Port, plug


def _epoch(env):
    return env["sync.cached"]._plans_epoch()


def _fail(env, trigger_id, error):
    env["sync.trigger"].browse(trigger_id)._fail_event(error)


def _job(env, trigger_id, known):
    # A savepoint that was rolled back may have taken the job along.
    if job := env["sync.job"].browse(known or ()).exists():
        return job.id
    try:
        return env["sync.trigger"].browse(trigger_id)._enqueue().id
    except MissingError:
        return None


def _add(env, job_id, model, ids, snapshot):
    env["sync.job"].browse(job_id)._add_batch(model, ids, snapshot)


plug(Port(_epoch, _fail, _job, _add))
