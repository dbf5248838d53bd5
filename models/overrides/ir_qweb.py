import ast

from odoo import models
from odoo.tools import safe_eval

from ...engine.boundary import callers
from ...engine.logs import alarm
from ...engine.sandbox import compiler
from ...engine.vault import authority


class IrQweb(models.AbstractModel):
    """Templates are code that Developers can write: see ``engine/guards/``."""

    _inherit = "ir.qweb"

    def _prepare_environment(self, values):
        template = super()._prepare_environment(values)
        if "request" in values and (callers.in_run() or authority.is_asked()):
            # It leads to the session, to the routes, and to what a Manager has typed.
            values["request"] = None
        return template

    def _compile_expr(self, expr, raise_on_missing=False):
        try:
            expression = super()._compile_expr(expr, raise_on_missing=raise_on_missing)
        except SyntaxError as error:
            if callers.in_run():
                alarm.report(str(error))
            raise
        tree = ast.parse(expression, mode="eval")
        guarded = ast.unparse(
            compiler.guard_formats(ast.parse(expression, mode="eval"))
        )
        # Unchanged, it keeps its line breaks, which errors are located by.
        return expression if ast.unparse(tree) == guarded else f"({guarded})"

    def _generate_code(self, template):
        code, options, def_name = super()._generate_code(template)
        if code:
            tree = ast.fix_missing_locations(_OwnChecks().visit(ast.parse(code)))
            _refuse_dunder_names(compile(tree, "<template>", "exec"))
        return code, options, def_name


class _OwnChecks(ast.NodeTransformer):
    """Leave out what QWeb itself writes for a loop: ``(value).__class__ == int``."""

    def visit_Compare(self, node):
        self.generic_visit(node)
        own = isinstance(node.left, ast.Attribute) and node.left.attr == "__class__"
        return node.left.value if own else node


def _refuse_dunder_names(code):
    """Refuse code that got into a template's code by another way than an expression.

    :raise NameError: for a name with two underscores
    """
    safe_eval.assert_no_dunder_name(code, "template")
    for const in code.co_consts:
        if isinstance(const, type(code)):
            _refuse_dunder_names(const)
