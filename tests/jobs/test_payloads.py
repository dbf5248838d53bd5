import json
import random
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from lxml import etree
from markupsafe import Markup
from odoo.tests import HttpCase, tagged

from ...engine.errors import PayloadError
from ...engine.runs import codec
from ..common import SyncCase

RECORDS = {
    "_type": "odoo_recordset",
    "model": "res.partner",
    "ids": [1],
    "uid": 1,
    "su": True,
    "context": {},
}
TAGGED = {"sync:type": "records", "model": "res.partner", "ids": [1], "uid": 1}
DEEP = json.loads("[" * 90 + "]" * 90)

# What a caller may send; all of it is data.
HOSTILE = [
    RECORDS,
    {"items": [RECORDS]},
    {"a": {"b": [{"c": RECORDS}]}},
    {"_type": "odoo_recordset"},
    {"_type": "odoo_recordset", "model": "no.such.model", "ids": "x"},
    {"_type": "datetime_isoformat", "value": "2026-01-01T00:00:00"},
    {"_type": "datetime_isoformat", "value": "never"},
    {"_type": "date_isoformat", "value": "2026-01-01"},
    {"_type": "etree_element", "value": "<a/>"},
    {"_type": "etree_element", "value": "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"},
    {"_type": None},
    {"_type": ["odoo_recordset"]},
    TAGGED,
    {**TAGGED, "su": True, "context": {}},
    {"list": [TAGGED, [TAGGED]]},
    {"sync:type": "dict", "value": [[1, 2]]},
    {"sync:type": "dict", "value": [["sync:type", "date"], ["value", "2026-01-01"]]},
    {"sync:type": "date", "value": "2026-01-01"},
    {"sync:type": "bytes", "value": "AAAA"},
    {"sync:type": "nothing"},
    {"sync:type": None},
    {"sync:type": {"sync:type": {"sync:type": "tuple"}}},
    {"key": '"sync:type": "records"'},
    '{"sync:type": "date", "value": "2026-01-01"}',
    {"args": [RECORDS], "kwargs": {"order": RECORDS}},
    {"__class__": "x", "__proto__": {}, "$type": "x", "": ""},
    {"10": 9.9, "null": None, "true": True, "1.5": 1},
    {"self": 1, "cls": 2, "env": 3, "function": 4},
    "a\0b",
    {"\0": "\0\0"},
    "half an emoji: \ud83d",
    {"\ud83d": ["\ude00", "\udfff x"]},
    "line\u2028separator\r\n\x1b[31m\x7f\x85",
    "😀 ñ 你好 \u202e",
    10**400,
    -(2**63),
    [1e308, -0.0, 1.0, 1, True, 0.1],
    [],
    {},
    None,
    "",
    False,
    DEEP,
    {str(n): [n] * 20 for n in range(900)},
    "x" * 90_000,
]


def random_value(rng, depth=3):
    """Return a value of whatever kinds can be queued."""
    scalars = [
        lambda: rng.choice([None, True, False, 0, -1, 2**70, 10**5000, -0.0]),
        lambda: rng.choice([1.5, float("inf"), -float("inf"), 1e-320]),
        lambda: "".join(rng.choices('a"\\ é\0\ud83d\ude00😀{}', k=rng.randrange(6))),
        lambda: rng.choice(["_type", "sync:type", "value", "odoo_recordset"]),
        lambda: date(rng.randrange(1, 9999), 2, 3),
        lambda: datetime(2026, 3, 4, 5, 6, 7, rng.randrange(10**6)),
        lambda: datetime(2026, 3, 4, tzinfo=timezone(timedelta(minutes=90))),
        lambda: time(1, 2, 3, 4),
        lambda: timedelta(rng.randrange(-9, 9), 5, 6),
        lambda: Decimal(rng.choice(["1.10", "-0", "1E+30"])),
        lambda: UUID(int=rng.randrange(2**128)),
        lambda: rng.randbytes(3),
        lambda: Markup("<b>é</b>"),
        lambda: frozenset({1, "a"}),
    ]
    containers = [
        lambda: [random_value(rng, depth - 1) for _ in range(rng.randrange(4))],
        lambda: tuple(random_value(rng, depth - 1) for _ in range(rng.randrange(4))),
        lambda: {
            rng.choice(scalars)(): random_value(rng, depth - 1)
            for _ in range(rng.randrange(4))
        },
        lambda: {rng.choice(scalars)() for _ in range(rng.randrange(4))},
        lambda: {"sync:type": random_value(rng, depth - 1), "value": [1]},
    ]
    return rng.choice([*scalars, *containers] if depth else scalars)()


def shape(value):
    """Return what two equal values must have in common besides: their types."""
    if isinstance(value, dict):
        return [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shape(item) for item in value]
    if isinstance(value, float):
        return float, repr(value)
    return type(value), value


@tagged("post_install", "-at_install")
class TestPayloads(SyncCase, HttpCase):
    """Arguments arrive as what they were, and data from outside as data."""

    def test_whatever_a_caller_sends_arrives_as_it_was(self):
        task = self.make_task(
            """
            def handle_webhook(request):
                add_job(process)(request.get_json(), again=[request.get_json()])
                return "queued"

            def process(order, again):
                log(json.dumps([order, again[0]]))
            """
        )
        trigger = self.make_trigger(task, "webhook")
        url = f"/sync/webhook/{trigger.webhook_token}"
        headers = {"Content-Type": "application/json"}
        for value in HOSTILE:
            with self.subTest(value=repr(value)[:100]):
                body = json.dumps(value)
                response = self.url_open(url, data=body, headers=headers, timeout=20)
                self.assertEqual((response.status_code, response.text), (200, "queued"))
                job = self.run_jobs()
                self.assertEqual((len(job), job.state), (1, "done"), job.error)
                found = json.loads(self.messages(job)[0])
                self.assertEqual(shape(found), shape([value, value]))

    def test_random_values_come_back_as_they_were(self):
        rng = random.Random(9)
        for number in range(3000):
            value = random_value(rng)
            text = codec.encode(value)
            text.encode()
            found, gone = codec.decode(text, None)
            self.assertEqual(shape(found), shape(value), number)
            self.assertEqual(gone, {})

    def test_every_kind_arrives_as_what_it_was(self):
        for argument in (
            "{10: 9.9, None: 1, True: 2, (1, 'a'): 3}",
            "(1, [2, (3,)])",
            "{1, 'a'}",
            "datetime.date(2026, 1, 2)",
            "datetime.datetime(2026, 1, 2, 3, 4, 5, 6)",
            "datetime.datetime.fromisoformat('2026-01-02T03:04:05+04:30')",
            "datetime.timedelta(days=-1, seconds=3)",
            "[float('inf'), 10 ** 5000, b'\\x00\\xff']",
            "{'sync:type': 'date', 'value': '2026-01-02'}",
            "[env.ref('base.main_partner'), env['res.partner']]",
        ):
            with self.subTest(argument):
                job = self.run_button(
                    f"""
                    def value():
                        return {argument}

                    def handle_button():
                        add_job(compare)(value(), named=[value()])

                    def compare(found, named):
                        same = found == value()
                        log("the same" if same and type2str(found) ==
                            type2str(value()) and named[0] == found else [found])
                    """
                )
                self.assert_done(job.child_ids)
                self.assertEqual(self.messages(job.child_ids), ["the same"])

    def test_form_keeps_all_values_of_a_key(self):
        task = self.make_task(
            """
            def handle_webhook(request):
                add_job(process)(request.form, args=[request.args, request.values])

            def process(form, args):
                log([form.getlist("a"), form["b"], args[0].getlist("c"), form.get("z")])
                log(args[1].getlist("c") + args[1].getlist("a"))
                form["b"] = "may be changed, as a dict may"
            """
        )
        trigger = self.make_trigger(task, "webhook")
        url = f"/sync/webhook/{trigger.webhook_token}?c=4&c=5"
        self.url_open(url, data={"a": ["1", "2"], "b": "3"}, timeout=20)
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(
            [json.loads(text) for text in self.messages(job)],
            [[["1", "2"], "3", ["4", "5"], None], ["4", "5", "1", "2"]],
        )

    def test_records_keep_user_mode_and_context(self):
        job = self.run_button(
            """
            def handle_button():
                admin = env.ref("base.user_admin")
                partner = env.ref("base.main_partner").with_user(admin)
                add_job(show)(partner.with_context(tz="Asia/Kabul", a=1))

            def show(partner):
                same = partner == env.ref("base.main_partner")
                tz, a = map(partner.env.context.get, ("tz", "a"))
                log([same, partner.env.user.login, partner.env.su, tz, a])
            """
        )
        self.assert_done(job.child_ids)
        (found,) = self.messages(job.child_ids)
        self.assertEqual(json.loads(found), [True, "admin", False, "Asia/Kabul", None])

    def test_elements_arrive_as_elements(self):
        source = etree.fromstring("<a>1<b x='2'>é</b>tail</a>")
        found, _gone = codec.decode(codec.encode([source[0]]), None)
        self.assertEqual(etree.tostring(found[0]), b'<b x="2">&#233;</b>')

    def test_what_cant_be_queued_is_named(self):
        for argument, part in (
            ("env", "a value of type Environment"),
            ("range(3)", "a value of type range"),
            ("len", "a value of type builtin_function_or_method"),
            ("[{'a': env.cr}]", "a value of type"),
            (
                "env['res.partner'].new({'name': 'Ann'})",
                "res.partner that aren't saved",
            ),
            ("[env['res.partner'].browse([1, None])]", "res.partner that aren't saved"),
        ):
            job = self.run_lines(f"add_job('later')({argument})")
            self.assertIn("can't be queued", job.error)
            self.assertIn(part.lower(), job.error.lower())

    def test_values_without_an_end_are_refused(self):
        endless, deep = [], []
        endless.append({"again": endless})
        for _ in range(200_000):
            deep = [deep]
        for value in (endless, deep, {"a": (deep,)}):
            with self.assertRaisesRegex(PayloadError, "nested too deeply"):
                codec.encode(value)
        while deep:  # Python would overflow its stack at once
            deep = deep.pop()

    def test_plain_data_is_plain_json(self):
        order = {"id": 7, "name": "Zoë", "tags": ["a", None, True], "price": 1.5}
        task = self.make_task("def handle_button(data):\n    pass")
        self.make_trigger(task, data=json.dumps(order)).action_run_now()
        payload = {"args": [order], "kwargs": {}}
        self.assertEqual(json.loads(task.job_ids.payload), {"args": [order]})
        self.assertIn("Zoë", task.job_ids.payload)
        self.assertEqual(codec.encode(payload), json.dumps(payload, ensure_ascii=False))
        self.assertEqual(json.loads(codec.encode([(1,)]))[0]["value"], [1])


@tagged("post_install", "-at_install")
class TestDeletedArguments(SyncCase):
    """Records that are deleted while their job waits are left out."""

    CODE = """
        def handle_button():
            ann, bob = env["res.partner"].create([{"name": "Ann"}, {"name": "Bob"}])
            add_job(names)(ann | bob)
            add_job(names)(bob)
            add_job(nested)([{"who": ann}, {"who": bob}], when=datetime.date.today())

        def names(partners):
            log(", ".join(partners.mapped("name")) or "nobody")

        def nested(rows, when):
            log(", ".join(str(row["who"].name) for row in rows))
    """

    def test_what_is_left_is_handed_over(self):
        task = self.make_task(self.CODE)
        self.make_trigger(task).action_run_now()
        button = task.job_ids
        queued = button._queue_jobs()
        button._run_queued()
        queued.state = "done"
        bob = self.env["res.partner"].search([("name", "=", "Bob")], limit=1)
        bob.unlink()
        jobs = self.run_jobs()
        self.assert_done(jobs)
        gone = f"Deleted meanwhile, and left out: res.partner {bob.id}"
        self.assertEqual(
            [self.messages(job) for job in jobs.sorted("id")],
            [[gone, "Ann"], [gone, "nobody"], [gone, "Ann, False"]],
        )

    def test_records_of_a_deletion_reach_its_sub_jobs(self):
        task = self.make_task(
            """
            def handle_db(records):
                log(records.name)
                add_job(tell)(records)

            def tell(records):
                log(records.get_link("shop").external)
                log(len(records))
            """
        )
        model = self.env["ir.model"]._get_id("res.partner")
        self.make_trigger(task, "db", model_id=model, condition="on_unlink")
        partner = self.env["res.partner"].create({"name": "Gone"})
        partner.set_link("shop", 7)
        partner.unlink()
        jobs = self.run_jobs()
        self.assert_done(jobs)
        self.assertEqual(self.messages(jobs), ["Gone", "7", "1"])

    def test_model_that_is_gone_fails_with_a_sentence(self):
        job = self.run_lines("add_job('later')(env['res.partner'])").child_ids
        payload = job.payload.replace("res.partner", "res.gone")
        job.write({"payload": payload})
        job.action_retry()
        self.run_jobs()
        self.assertIn("the model res.gone, which isn't there", job.error)
