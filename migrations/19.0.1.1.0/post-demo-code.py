import logging
from hashlib import sha256

from odoo import SUPERUSER_ID, api
from odoo.addons.sync.engine.vault import authority
from odoo.addons.sync.models.project.sync_project_approval import is_approved
from odoo.exceptions import UserError
from odoo.tools import convert_file, file_open

_logger = logging.getLogger(__name__)

# The code of the demo projects in 19.0.1.0.0, by half of its SHA-256.
CODE = {
    "telegram": {
        "c25db0bb6c107dbb7051ad1828195686": "common_code",
        "c0f6f7f906bd02a2558dc78e5f9e84a6": "protected_code",
        "b881df6c3969ff62bec05b7caa54a629": "receive",
        "b91bcc8797d6143d381fb98f1099cf8d": "send",
        "f56630766003edf8087edf3331ed3d5f": "setup",
    },
    "github_trello": {
        "b61042dbc918d6c9219d8e9d914026d7": "common_code",
        "a954b61d73286c2b76f6dc56301ce8d2": "protected_code",
        "fbcab49c5ff94b5af1a73a1d6dbab3c6": "push_open_issues",
        "222e17727c2164e895760e8c9d0dadd4": "receive_github",
        "c18286c18bd023f5850a8b7d39190e8b": "receive_trello",
        "0162a66605c7d7ec4d7a5a7474e0c389": "repair",
        "588f716ab2a0353e99ee82389bba79df": "setup",
    },
    "odoo2odoo": {
        "8e70d41ea92646403bd286d71c4ddb24": "common_code",
        "ed4fb177bfa01e244f230cbd0f7c0b1f": "protected_code",
        "53ce95bf7a6e7bfa775d4e632a72b4fb": "pull_avatars",
        "4a7acbd369d663283835fb136af90de1": "push_new_partners",
        "e9236f08689bae1362d02fc8932881ce": "upload_all_partners",
    },
}

_COPY_LINKS = """
    INSERT INTO sync_link (relation, system1, ref1, system2, ref2, model, many, date)
    SELECT %s, system1, ref1, system2, ref2, model, many, date FROM sync_link
     WHERE relation = 'odoo2odoo_partner'
        ON CONFLICT DO NOTHING
"""


def migrate(cr, version):
    """Give demo projects their new code, if all of their old one is as it was shipped.

    Demo data is loaded once and belongs to its users from then on: what one of them has
    changed stays, together with all that it may call.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    for name, known in CODE.items():
        project = env.ref(f"sync.project_demo_{name}", raise_if_not_found=False)
        if project:
            _update(project, name, known)


def _update(project, name, known):
    places = [(project, "protected_code"), (project, "common_code")]
    places += [(task, "code") for task in project.task_ids]
    digests = [_digest(record[field]) for record, field in places]
    if sorted(digests) != sorted(known):
        _logger.info("%s was changed here: its code stays.", project.name)
        return
    try:
        # What a Manager approved was the old demo code, or SQL has brought it here.
        if not is_approved(project, project.protected_code or ""):
            raise UserError("what it has was not approved")
        with project.env.cr.savepoint(), authority.granted():
            for (record, field), digest in zip(places, digests, strict=True):
                with file_open(f"sync/demo/{name}/{known[digest]}.py") as file:
                    record[field] = file.read()
            if name == "odoo2odoo":
                _complete_odoo2odoo(project)
            project.env.flush_all()
    except UserError as error:
        # The key of the secrets isn't there, or another one: nothing can be signed.
        project.env.invalidate_all(flush=False)
        _logger.warning("The code of %s stays as it is: %s", project.name, error)


def _complete_odoo2odoo(project):
    """Add what is new, and let the links say which Odoo they mean: the one set.

    The old links stay: a copy of the project that has the old code may use them.
    """
    file = "demo/odoo2odoo_since_1_1_demo.xml"
    convert_file(project.env, "sync", file, {}, mode="init", noupdate=True)
    values = {line.key: (line.value or "").strip() for line in project.param_ids}
    host = values.get("URL", "").lower().partition("://")[2]
    host = host.rpartition("@")[2].rstrip("/")
    if host and values.get("DB"):
        relation = f"odoo2odoo_partner@{host}/{values['DB']}"
        project.env.cr.execute(_COPY_LINKS, (relation,))


def _digest(text):
    return sha256((text or "").encode()).hexdigest()[:32]
