"""Attacks on Odoo's process: its configuration, its environment, its files."""

import base64
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config, mute_logger
from odoo.tools.safe_eval import safe_eval

from ...engine.guards import restarts
from ...engine.vault import authority, keys
from ..webhooks.webhook_case import WebhookCase
from .security_common import NOTHING, PROTECTED, TOKEN, SecurityCase

ATTACHMENTS = "odoo.addons.base.models.ir_attachment"


class TestSecurityProcess(SecurityCase):
    def test_key_in_parameters_and_configuration(self):
        self.attack(
            """
            params_ = env["ir.config_parameter"].sudo().search([])
            loot([(param.key, param.value) for param in params_])
            for value in ("sync_studio_key", "SYNC_STUDIO_KEY"):
                loot(env["ir.config_parameter"].sudo().get_param(value))
            for name in ("_db", "db_name", "ready", "loaded", "_init_modules"):
                loot(getattr(env.registry, name.strip("_"), None))
            loot(env.cr._cnx.dsn)
            """,
            NOTHING,
        )

    def test_configured_keys_are_taken_away(self):
        key = "c2VjcmV0IGtleSBvZiAzMiBieXRlcyBpbiBiYXNlNjQ="
        with patch.dict(os.environ, {keys.ENVIRONMENT: key}):
            found = keys._take_configured()
            self.assertNotIn(key, str(dict(os.environ)))
        self.assertEqual(found.keys, (key.encode(),))
        self.assertNotIn(key, repr(keys.hide(found)))

    def test_option_is_taken_out_of_every_source(self):
        with patch.dict(config._file_options, {keys.OPTION: "key of the file"}):
            found = keys._take_configured()
            for options in config.options.maps:
                self.assertNotIn(keys.OPTION, options)
        self.assertEqual(found.place, "the option sync_studio_key of odoo.conf")

    def test_keys_come_back_for_a_restart_only(self):
        seen = []
        started = restarts._with_keys(lambda: seen.append(os.environ[keys.ENVIRONMENT]))
        configured = keys.Configured((b"one", b"two"), f"variable {keys.ENVIRONMENT}")
        with patch.object(keys, "configured", lambda: configured):
            started()
        self.assertEqual(seen, ["one,two"])
        self.assertNotIn(keys.ENVIRONMENT, os.environ)

    # -- the file of the keys --------------------------------------------------

    def test_only_the_vault_opens_the_file(self):
        path = Path(keys.file())
        self.assertTrue(keys.load())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        for attempt in (
            lambda: open(path),
            lambda: path.read_bytes(),
            lambda: os.open(str(path), os.O_RDONLY),
            lambda: open(os.fsencode(path), "a"),
            lambda: open(f"/proc/self/root{path}"),
            lambda: open(f"{path.parent}/./{path.name}"),
            lambda: open("/proc/self/environ"),
            lambda: open(f"/proc/{os.getpid()}/mem"),
        ):
            with self.assertRaisesRegex(PermissionError, "holds the keys"):
                attempt()

    def test_protected_code_that_fetches_any_address(self):
        refusal = "holds the keys of Sync Studio"
        self.attack(f"loot(fetch('file://{keys.file()}'))", refusal)
        self.assert_reported(refusal)

    def test_libraries_in_c_that_read_files(self):
        """Python's audit can't see what they open: what leads to them is refused."""
        self.attack(
            f"""
            arch = ('<t xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include '
                    'href="file://{keys.file()}" parse="text"/></t>')
            node = env["ir.ui.view"].create(
                {{"name": "x", "type": "qweb", "arch": arch}})._get_combined_arch()
            getattr(node, "getroottree")()
            """,
            "private: getroottree",
        )

    def test_xinclude_and_style_sheets_get_nothing(self):
        from lxml import etree

        node = etree.fromstring(
            '<t xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include '
            f'href="file://{keys.file()}" parse="text"/></t>'
        )
        # Such libraries stop at the NUL characters of the keys' file.
        with self.assertRaisesRegex(etree.XIncludeError, "contains invalid char"):
            node.getroottree().xinclude()
        with mute_logger("odoo.addons.base.models.assetsbundle"):
            self.attack(
                f"""
                raw = '@import  "{keys.file()}";'
                data = b64encode(raw.encode())
                env["ir.attachment"].create({{"name": "evil.scss", "datas": data,
                    "url": "/evil/evil.scss", "mimetype": "text/scss"}})
                env["ir.asset"].create({{"name": "evil", "bundle": "evil.bundle",
                    "path": "/evil/evil.scss"}})
                bundle = env["ir.qweb"]._get_asset_bundle("evil.bundle", js=False)
                loot(bundle.preprocess_css())
                loot(bundle.css_errors)
                """,
                NOTHING,
            )

    def test_forbidden_names_in_every_sandbox(self):
        for name in ("getroottree", "xinclude"):
            with self.assertRaisesRegex(NameError, name):
                safe_eval(f"x.{name}()", {"x": 1})

    def test_data_files_of_attachments(self):
        path = os.path.relpath(keys.file(), self.env["ir.attachment"]._filestore())
        for name in (path, f"/{path}", path.replace("/", "//"), keys.file()):
            with self.subTest(name), mute_logger(ATTACHMENTS):
                self.attack(
                    f"""
                    loot(env["ir.attachment"]._file_read({name!r}))
                    record = env["ir.attachment"].create({{"name": "x", "raw": b"x"}})
                    env.cr.execute("UPDATE ir_attachment SET store_fname = %s,"
                        " db_datas = NULL WHERE id = %s", [{name!r}, record.id])
                    record.invalidate_recordset()
                    loot(record.raw)
                    log("nothing was read" if record.raw == b"" else record.raw)
                    """,
                    NOTHING,
                )
                messages = self.log_lines("info").mapped("message")
                self.assertEqual(messages[-1], "nothing was read")

    # -- where Python looks for code -------------------------------------------

    def test_confined_code_writes_no_python(self):
        folder = Path(__file__).parents[2]
        target = folder / "evil_module.py"
        self.addCleanup(target.unlink, missing_ok=True)
        values = {"write": lambda: target.write_text("import os")}
        with (
            mute_logger("odoo.addons.sync.engine.logs.alarm"),
            self.assertRaisesRegex(ValueError, "where Python looks for code"),
        ):
            safe_eval("write()", values, mode="exec")
        self.assertFalse(target.exists())

    def test_confined_code_writes_other_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for target in (Path(folder) / "export.py", Path(folder) / "export.csv"):
                safe_eval("write()", {"write": lambda to=target: to.write_text("1;2")})
                self.assertEqual(target.read_text(), "1;2")

    def test_models_can_still_be_added(self):
        """The registry's own ways are not in the way of the guard."""
        job = self.run_lines(
            """
            env["ir.model"].create({"name": "Toy", "model": "x_toy"})
            env["x_toy"].create({"x_name": "Bear"})
            log(env["x_toy"].search([]).mapped("x_name"))
            """
        )
        self.assertEqual(job.state, "done", job.error)

    def test_odoos_sandbox_still_formats(self):
        values = {"name": "Bear", "date": __import__("datetime").date(2026, 1, 2)}
        for expression, wanted in (
            ("'{} {x:>4}'.format(name, x=3)", "Bear    3"),
            ("'{0.year}-{0.month:02d}'.format(date)", "2026-01"),
            ("'%s' % name", "Bear"),
            ("[f.upper() for f in '{n}'.format_map({'n': name}).split()]", ["BEAR"]),
        ):
            self.assertEqual(safe_eval(expression, values), wanted)


@tagged("post_install", "-at_install")
class TestSecurityUploads(WebhookCase):
    @mute_logger("odoo.addons.sync.engine.logs.alarm")
    def test_webhook_that_saves_its_upload_as_a_module(self):
        target = Path(__file__).parents[2] / "evil_upload.py"
        self.addCleanup(target.unlink, missing_ok=True)
        trigger = self.hook(
            "def handle_webhook(httprequest):\n"
            f"    httprequest.files['f'].save({str(target)!r})\n"
        )
        response = self.call(trigger, files={"f": ("evil.py", b"import os")})
        self.assertEqual(response.status_code, 500)
        self.assertFalse(target.exists())
        # Odoo's own save() wants an open file, and a task can't open one.
        refusal = "'str' object has no attribute 'write'"
        self.assertIn(refusal, self.last_job(trigger).error)


class TestSecurityMasks(SecurityCase):
    def test_every_form_in_the_log(self):
        code = PROTECTED + (
            "import html as _html, json as _json, urllib.parse as _parse\n"
            "import base64 as _b64\n"
            "def show():\n"
            "    t = secrets.TOKEN\n"
            "    for text in (t, _parse.quote(t), _parse.quote_plus(t),\n"
            "                 _json.dumps(t),\n"
            "                 _html.escape(t), repr(t), 'x' * 199_990 + t,\n"
            "                 _b64.b64encode(b'user:' + t.encode()).decode(),\n"
            "                 _b64.urlsafe_b64encode(t.encode()).decode()):\n"
            "        log(text)\n"
            "        log_transmission(text, text)\n"
        )
        with authority.granted():
            self.project.protected_code = code
        self.attack("show()", NOTHING)
        self.assertEqual(len(self.log_lines()), 18)
        logged = "".join(self.log_lines().mapped("message"))
        self.assertNotIn(TOKEN[:8], logged)
        # Not by the masker's own list of forms, which may lack one.
        encoded = base64.b64encode(f"user:{TOKEN}".encode()).decode()
        self.assertNotIn(encoded[-16:-4], logged)

    def test_more_forms_of_a_value_full_of_signs(self):
        code = """
import html as _html, json as _json, urllib.parse as _parse
_value = "a/b&c<d>'e'" + '"f" g%\\\\h\u00fc'

def show():
    secrets.PASSWORD = _value
    raw, text = _value.encode(), _json.dumps(_value)
    log(text.replace("/", "\\\\/"))
    log(_json.dumps(text))
    log(_json.dumps(_json.dumps(_value, ensure_ascii=False), ensure_ascii=False))
    for_html = text
    for char in "&<>'":
        for_html = for_html.replace(char, f"\\\\u{ord(char):04x}")
    log(for_html)
    log(_html.escape(_value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"))
    quoted = _parse.quote(_value, safe="")
    log(quoted.replace("%2F", "%2f").replace("%3C", "%3c").replace("%3E", "%3e")
        .replace("%5C", "%5c").replace("%C3%BC", "%c3%bc"))
    log(raw.hex())
    log(raw.hex().upper())
    log(repr(raw))
"""
        with authority.granted():
            self.project.protected_code = code
        self.attack("show()", NOTHING)
        messages = self.log_lines().mapped("message")
        self.assertEqual(len(messages), 9)
        self.assertEqual({message.strip("\"b'\\") for message in messages}, {"***"})

    def test_arguments_with_a_secret_arrive_whole(self):
        job = self.attack(
            "add_job(later)('x' + b64decode(WORD).decode())",
            NOTHING,
            code=f"WORD = {base64.b64encode(TOKEN.encode()).decode()[::-1]!r}[::-1]\n"
            "def later(text):\n    log(len(text))\n",
        )
        child = self.env["sync.job"].search([("parent_id", "=", job.id)])
        self.assertIn("***", child.payload)
        self.assertNotIn(TOKEN, child.payload + child.payload_token)
        self.assertIn(str(len(TOKEN) + 1), self.log_lines().mapped("message"))
