"""Attacks on every kind of object, function and text, after a second look."""

from .round2_functions import FUNCTIONS
from .round2_objects import OBJECTS
from .security_common import LOOT, NOTHING, SecurityCase

# What an attacker does with an error.
TAKE = """
def take(find):
    try:
        loot(find())
    except Exception as error:
        loot(repr(error))
        found = [getattr(error, n, None) for n in ("pin", "share", "exceptions", "doc")]
        for value in [*error.args, *found]:
            loot(value)
            if isinstance(value, (int, float)):
                loot(value + 1)
        raise
"""
PRIVATE = "Names with a leading underscore are private"
NOT_PUBLIC = "has no public attribute"
CLOSED = "of Protected Code is closed"
FORMAT = "A format string can't use the private name"
NO_ATTRIBUTE = "object has no attribute"
QUEUED = "A value of type Exported can't wait"
REPORTED = (PRIVATE, NOT_PUBLIC, CLOSED, FORMAT)


class KindsCase(SecurityCase):
    @classmethod
    def _project_values(cls):
        values = super()._project_values()
        pin = (0, 0, {"key": "PIN", "value": "80204060"})
        return {
            **values,
            "protected_code": OBJECTS + FUNCTIONS,
            "common_code": LOOT + TAKE,
            "secret_ids": [*values["secret_ids"], pin],
        }

    @staticmethod
    def needles():
        """Return what must not be found, by what it is."""
        pins = ("80204060", "80204061", "06040208", "8 0 2 0 4 0 6 0")
        return {**SecurityCase.needles(), **{f"PIN as {pin}": pin for pin in pins}}

    def take(self, refusal, *expressions):
        """Try to take what each expression returns, check how that ends."""
        for expression in expressions:
            with self.subTest(expression):
                self.attack(f"take(lambda: {expression})", refusal)
                if refusal in REPORTED:
                    self.assert_reported(refusal)


class TestRound2Objects(KindsCase):
    def test_enums(self):
        self.take(
            PRIVATE,
            *(
                f"getattr({x}, '_token')"
                for x in ("Level.LOW", "Right.READ", "Rank.FIRST")
            ),
        )
        self.take(NOT_PUBLIC, "Level.LOW._token", "Level._member_map_")
        self.take(NOTHING, "str(Level.LOW) + str(Right.READ) + str(Rank.FIRST)")
        self.take("is not a valid Level", "Level('Open')")

    def test_tuples_with_names(self):
        self.take(PRIVATE, "getattr(row, '_token')")
        self.take(NOT_PUBLIC, "row._asdict()", "row._replace(name='x')")

    def test_properties_and_attribute_hooks(self):
        self.take(
            PRIVATE,
            "getattr(lazy, '_token')",
            "getattr(forwarding, '_token')",
            "getattr(forwarding, '_inner')",
            "getattr(everything, '_token')",
            "getattr(Made, '_token')",
            "getattr(Made(), 'mro')",
        )
        self.take(NOTHING, "lazy.size", "Made().size")

    def test_subclasses_of_builtins(self):
        self.take(
            NO_ATTRIBUTE, "text.token", "number.token", "blob.token", "table.token"
        )
        self.take(PRIVATE, "getattr(items, '_token')", "getattr(table, '_token')")
        self.take(
            "KeyError: 'missing'",
            "table['missing']",
            "default['missing']",
            "chain['missing']",
        )
        self.take(NO_ATTRIBUTE, "default.default_factory")

    def test_texts_of_objects(self):
        self.take(
            NOTHING,
            "f'{spoken}'",
            "f'{account!r}'",
            "repr(namespace)",
            "str(queue_) + str(list(queue_))",
            "str(chain)",
            "str(user_dict)",
            "str(proxy['a'])",
            "'%s %r' % (account, namespace)",
            "UserError(account)",
            "json.dumps({'a': account}, default=str)",
            "sorted([account, spoken], key=str)",
        )
        self.take("unsupported format string", "f'{spoken:x}'")

    def test_what_python_shows_of_others(self):
        self.take(NOTHING, "str(proxy)", "str(weak)")
        messages = self.log_lines().mapped("message")
        self.assertNotIn("bank", "".join(messages))

    def test_weak_references(self):
        self.take(
            NOTHING,
            "reference()",
            "str(reference())",
            "references['spoken']",
            "str(references.data)",
            "references.valuerefs()",
        )

    def test_collections(self):
        self.take(
            PRIVATE,
            *(
                f"getattr({name}, '_token')"
                for name in ("chain", "counter", "user_dict", "ordered")
            ),
        )

    def test_operators_that_know_a_secret(self):
        self.take(NO_ATTRIBUTE, "getter(env)", "caller(env)")
        self.take("has no parameter ***", "getter(params)")
        self.take("KeyError: '***'", "item_getter({})", "item_getter(env)")
        self.take("is not subscriptable", "item_getter(params)")
        self.take(NOTHING, "str(caller) + repr(getter)", "caller('Open')")
        self.take(CLOSED, "getter.args", "caller.keywords")

    def test_memory_behind_a_view(self):
        self.take(NO_ATTRIBUTE, "view.obj")
        self.take(NOTHING, "view")

    def test_formatters(self):
        self.take(
            CLOSED,
            "formatter.format('{0._token}', spoken)",
            "formatter.vformat('{0._token}', [account], {})",
            "formatter.get_field('0._token', [account], {})",
            "template.substitute(it=account)",
            "template.safe_substitute(it=namespace)",
            "formatting.format(account)",
        )

    def test_loggers(self):
        self.take(
            CLOSED,
            "logger.manager.loggerDict",
            "logger.root.handlers",
            "logger.setLevel(100)",
            "logger.warning('%s', account)",
        )

    def test_what_is_stored(self):
        self.take(
            QUEUED,
            "add_job('handle_button')(account)",
            "add_job('handle_button')({'x': spoken})",
        )
        self.take(
            "can't adapt type 'Exported'", "env.cr.execute('SELECT %s', [account])"
        )
        self.take(
            NOTHING,
            "env['res.partner'].create({'name': account})",
            "env['mail.mail'].create({'body_html': spoken})",
            "env['ir.config_parameter'].set_param('x', spoken)",
            "env.cr.precommit.data.setdefault('x', account)",
        )


class TestRound2Functions(KindsCase):
    def test_caches_and_dispatchers(self):
        self.take(
            CLOSED,
            "cached.cache_info()",
            "cached.cache_parameters()",
            "dispatched.registry",
            "dispatched.register(str, log)",
            "dispatched.dispatch(str)",
        )
        self.take(
            PRIVATE,
            "getattr(cached, '__wrapped__')",
            "getattr(Partial, '_sized')",
            "getattr(closed_over, '__defaults__')",
        )
        self.take(FORMAT, "'{0.__kwdefaults__}'.format(closed_over)")
        self.take(NOTHING, "Partial().size()", "closed_over()")

    def test_generators_and_coroutines(self):
        self.take(
            PRIVATE,
            "getattr(generate(), 'gi_frame')",
            "getattr(coroutine(), 'cr_frame')",
            "getattr(coroutine(), 'cr_code')",
            "getattr(async_generator(), 'ag_frame')",
        )
        self.take("ValueError: x", "generate().throw(ValueError('x'))")
        self.take(CLOSED, "block().gen", "block().func", "block().kwds")
        self.take(NOTHING, "str(coroutine())")

    def test_errors(self):
        self.take("Exception: bad ***", "group()")
        self.take("BaseExceptionGroup: bad", "base_group()")
        self.take("ValueError: bad", "noted()", "number_kept()")
        self.take(
            "***",
            "number_fails()",
            "raised_object()",
            "encoded_fails('utf-16')",
            "encoded_fails('utf-16-be')",
            "encoded_fails('utf-32')",
        )
        self.take("can't decode byte", "undecodable()")

    def test_classes_as_callbacks(self):
        self.take(
            NOTHING, "each(str)", "mapped(str)", "dumped(str)", "each(ValueError)"
        )
        messages = self.log_lines().mapped("message")
        self.assertNotIn("bank", "".join(messages))
        self.take(
            CLOSED,
            "last(dict)",
            "last(list)",
            "last(tuple)",
            "last(set)",
            "last(frozenset)",
            "last(enumerate)",
        )

    def test_classes_that_tell_kinds_apart(self):
        self.take(
            NOTHING,
            "kinds(str, 'x') or 1 / 0",
            "kinds(int, 'x') and 1 / 0",
            "ranked(str)",
        )

    def test_functions_as_callbacks(self):
        self.take(
            NOTHING,
            "each(repr)",
            "each(log)",
            "each('{0!r}'.format)",
            "reduced('{0}{1}'.format)",
            "dumped(repr)",
            "largest(str)",
            "replaced(lambda match: match.re.pattern)",
        )
        self.take("not JSON serializable", "each(json.dumps)")
        self.take(
            FORMAT,
            "each('{0._token}'.format)",
            "mapped_format('{0._token}')",
            "got_attribute('{0._token}')",
        )

    def test_formatters_in_protected_code(self):
        self.take(
            FORMAT,
            "rendered('{0._token}')",
            "rendered('{1._token}')",
            "v_rendered('{0._token}')",
            "rendered('{0.__class__.__init__}')",
            "rendered('{x.__globals__}', x=closed_over)",
            "rendered('{:{0._token}}')",
        )
        self.take(NOTHING, "rendered('{0}{1}')")

    def test_containers_that_are_no_dicts(self):
        for call in ("signed(headers)", "updated(headers)"):
            self.attack(
                f"""
                headers = prepared().headers
                loot({call})
                loot(dict(headers))
                "Authorization" in headers and 1 / 0
                """,
                NOTHING,
            )

    def test_encodings_in_the_log(self):
        self.attack("for way in ways:\n    says(way)", NOTHING)
        for line in self.log_lines().mapped("message"):
            with self.subTest(line):
                self.assertIn("***", line)
