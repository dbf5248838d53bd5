"""What we use of ``queue_job``'s inside, all of it, under names of our own.

``queue_job`` promises none of it. So each name is looked up and looked over when this
file is loaded, and each column when a registry is: a release that has changed one of
them is refused with a reason, rather than met in the middle of somebody's job.
"""

import inspect

from odoo import release
from odoo.addons.queue_job import job, jobrunner
from odoo.addons.queue_job.controllers import main
from odoo.addons.queue_job.jobrunner import channels, runner
from odoo.modules import Manifest

from ...engine.runs import relay

WANTED = "19.0.2.4.0"

# The columns that our SQL reads or writes.
COLUMNS = {
    "queue.job": (
        *("uuid", "state", "model_name", "method_name", "records", "company_id"),
        *("channel", "priority", "eta", "retry", "worker_pid", "result"),
        *("date_created", "date_enqueued", "date_started", "date_done"),
        *("date_cancelled", "exec_time", "exc_name", "exc_message", "exc_info"),
    ),
    "queue.job.lock": ("queue_job_id",),
}
# What ``Job._load_from_db_record`` reads: more than this costs a query, no error.
LOADED = (
    *("uuid", "name", "state", "method_name", "records", "args", "kwargs"),
    *("priority", "eta", "channel", "identity_key", "company_id", "worker_pid"),
    *("retry", "max_retries", "graph_uuid", "dependencies", "result", "exc_info"),
    *("date_created", "date_enqueued", "date_started", "date_done", "date_cancelled"),
)
# Methods of models that we extend or call, and their parameters.
METHODS = {
    ("queue.job", "_change_job_state"): ("self", "state", "result"),
    ("queue.job", "_message_post_on_failure"): ("self",),
    ("base", "_job_prepare_context_before_enqueue"): ("self",),
}


class QueueJobChanged(ImportError):
    """The release of ``queue_job`` that is installed has another inside."""


def _refuse(what):
    installed = Manifest.for_addon("queue_job").version
    raise QueueJobChanged(
        f"Sync Studio for Odoo {release.series} works with queue_job {WANTED}; "
        f"installed is {installed}, in which {what}."
    )


def _found(owner, name, *parameters):
    """Return an attribute; a callable must have just these parameters."""
    label = f"{owner.__name__}.{name}"
    try:
        found = getattr(owner, name)
    except AttributeError:
        _refuse(f"{label} is gone")
    if parameters and (has := tuple(inspect.signature(found).parameters)) != parameters:
        _refuse(f"{label} takes ({', '.join(has)}), not ({', '.join(parameters)})")
    return found


def check(env):
    """Refuse a ``queue_job`` whose tables or models are not those that we know."""
    for model, columns in COLUMNS.items():
        for name in columns:
            field = env[model]._fields.get(name)
            if not (field and field.store and field.column_type):
                _refuse(f"{model} has no column {name}")
    for (model, name), parameters in METHODS.items():
        _found(env.registry[model], name, *parameters)
    _found(env.registry["queue.job"], "EDIT_SENTINEL")


# -- running -------------------------------------------------------------------

Job = _found(job, "Job")
CANCELLED, DONE, ENQUEUED, PENDING = (
    _found(job, name) for name in ("CANCELLED", "DONE", "ENQUEUED", "PENDING")
)
RunJobController = _found(main, "RunJobController")
commits_forbidden = _found(main, "_prevent_commit", "cr")

for _name in ("_runjob", "_try_perform_job", "_enqueue_dependent_jobs"):
    _found(RunJobController, _name, "env", "job")
_found(RunJobController, "_acquire_job", "env", "job_uuid")
_found(Job, "perform", "self")
_found(Job, "set_done", "self", "result")
_load = _found(Job, "_load_from_db_record", "job_db_record")
_store_values = _found(Job, "_store_values", "self", "create")


def insert(env, queued):
    """Insert the queue's job, which is new: ``Job.store`` would look for it."""
    jobs = env["queue.job"]
    # sudo: anybody's event may queue a job
    jobs.with_context(_job_edit_sentinel=jobs.EDIT_SENTINEL).sudo().create(
        _store_values(queued, create=True)
    )


def load(env, queue_id, row):
    """Return the ``Job`` of a row, which holds the columns of ``LOADED``."""
    # sudo: whoever queued the job may not read the queue
    record = env["queue.job"].sudo().browse(queue_id)
    record._update_cache(dict(zip(LOADED, row, strict=True)), validate=False)
    return _load(record)


# -- the job runner ------------------------------------------------------------

_lock_id = _found(runner, "PG_ADVISORY_LOCK_ID")
_configured = _found(jobrunner, "_channels")
_parse = _found(channels.ChannelManager, "parse_simple_config", "config_string")
_dead_jobs = _found(runner.Database, "_query_requeue_dead_jobs", "self")


def runner_lock():
    """Return both halves of the lock that a job runner holds on its database."""
    return _lock_id >> 32, _lock_id & 0xFFFFFFFF


def requeue_dead_jobs(cr):
    """Let the jobs whose worker has died wait for another one."""
    cr.execute(_dead_jobs(None))  # pylint: disable=sql-injection


def paced_channels():
    """Return the channels in which only the job runner knows when a job may start."""
    return relay.paced_channels(_parse(_configured()))
