import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { FormController } from "@web/views/form/form_controller";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { ListController } from "@web/views/list/list_controller";

const MODELS = ["sync.project", "sync.task", "sync.trigger"];

/** Return what a dialog says before records are deleted: what goes with them. */
export async function deletionProps(orm, resModel, resIds) {
    return {
        title: _t("Delete for good?"),
        body: await orm.call(resModel, "deletion_warning", [resIds]),
        confirmLabel: _t("Delete"),
        confirmClass: "btn-danger",
        cancelLabel: _t("No, keep it"),
    };
}

/** Let the view's own question before a deletion have the counts. */
function withCounts(Controller) {
    patch(Controller.prototype, {
        setup() {
            super.setup(...arguments);
            const ask = this.deleteRecordsWithConfirmation;
            this.deleteRecordsWithConfirmation = async (props, records) => {
                const { orm, root } = this.model;
                if (MODELS.includes(root.resModel)) {
                    const ids = records
                        ? records.map((record) => record.resId)
                        : await root.getResIds(true);
                    props = { ...props, ...(await deletionProps(orm, root.resModel, ids)) };
                }
                ask(props, records);
            };
        },
    });
}

[FormController, KanbanController, ListController].forEach(withCounts);
