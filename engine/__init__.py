"""The logic: it knows Odoo, and has no model of its own."""
