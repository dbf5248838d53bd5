"""The command ``odoo-bin sync_key``: look after the key of Sync Studio's secrets."""

import sys

from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class SyncKey(Command):
    """Look after the key that Sync Studio encrypts secrets with.

    status   say where the key is, and whether each database is all right with it
    rotate   make a new key, and lock and sign everything with it
    forget   throw the old keys away, if the databases don't need them

    Databases that share a data directory share its key: name them all, for instance
    with -d first,second. All options of the server are understood.
    """

    name = "sync_key"

    def run(self, args):
        self.parser.add_argument("action", choices=("status", "rotate", "forget"))
        parsed, options = self.parser.parse_known_args(args)
        config.parse_config([*options, "--no-http"], setup_logging=True)
        if not config["db_name"]:
            self.parser.error("name the databases with -d")
        registries = [Registry(name) for name in config["db_name"]]
        # The addon can be imported now that a registry has loaded it.
        from odoo.addons.sync.engine import errors

        try:
            getattr(self, f"_{parsed.action}")(registries)
        except errors.SyncError as error:
            sys.exit(f"{error}\nNothing was changed.")

    def _status(self, registries):
        from odoo.addons.sync.engine.vault import keys, rotation

        _say(f"{len(keys.load())} key(s) in {keys.place()}")
        for registry in registries:
            with registry.cursor() as cr:
                problems = rotation.problems(cr)
            _say(f"{registry.db_name}: {', '.join(problems) or 'all right'}")

    def _rotate(self, registries):
        from odoo.addons.sync.engine.vault import keys, rotation

        for registry in registries:
            self._refuse_problems(registry, rotation.problems)
        if not keys.configured():
            rotation.add_key()
        elif len(keys.load()) < 2:
            sys.exit(f"Put a new key before the old one in {keys.place()} first.")
        for registry in registries:
            self._rotate_one(registry)
        _say("The old key is kept: try your projects, then run `forget`.")

    def _rotate_one(self, registry):
        from odoo.addons.sync.engine.vault import audit, rotation

        with registry.cursor() as cr:
            done = rotation.rotate(cr)
            audit.record(cr, 1, "key_rotated")
        # Running servers read everything again.
        registry.clear_cache()
        registry.signal_changes()
        _say(f"{registry.db_name}: {done.tokens} locked, {done.signatures} signed")

    def _forget(self, registries):
        from odoo.addons.sync.engine.vault import keys, rotation

        for registry in registries:
            self._refuse_problems(
                registry, lambda cr: rotation.problems(cr, only_first=True)
            )
        if keys.configured():
            _say(f"Remove all keys but the first from {keys.place()}.")
        else:
            rotation.forget_old_keys()
            _say(f"One key is left in {keys.place()}.")

    @staticmethod
    def _refuse_problems(registry, find):
        with registry.cursor() as cr:
            problems = find(cr)
        if problems:
            sys.exit(
                f"{registry.db_name}: the key doesn't fit {', '.join(problems)}.\n"
                f"Nothing was changed."
            )


def _say(text):
    sys.stdout.write(f"{text}\n")
