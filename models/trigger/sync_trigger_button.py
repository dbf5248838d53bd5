from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.messages import translated
from ...engine.runs import button_data


class SyncTriggerButton(models.Model):
    """Triggers of type button: each hands its data to the handler when clicked."""

    _inherit = "sync.trigger"

    data = fields.Text(help="JSON or YAML 1.2, handed to handle_button(data).")

    @api.constrains("data")
    def _check_data(self):
        for trigger in self:
            trigger._read_data()

    def _read_data(self):
        """Return what the handler gets."""
        try:
            return button_data.read(self.data)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    'The data of "%(trigger)s" is neither JSON nor YAML:\n%(error)s',
                    trigger=self.name,
                    error=translated(self.env, error),
                )
            ) from None

    def _summarize(self):
        if self.type != "button":
            return super()._summarize()
        return self.env._("A click")

    def action_run_now(self):
        """Queue a job that runs the button's handler."""
        self.ensure_one()
        self.check_access("write")
        self._ensure_live()
        job = self._enqueue({"args": [self._read_data()]})
        return job._tell_outcome(self.name)


class SyncTask(models.Model):
    _inherit = "sync.task"

    button_trigger_ids = fields.One2many(
        "sync.trigger",
        "task_id",
        domain=[("type", "=", "button")],
        context={"active_test": False},
        copy=True,
    )
