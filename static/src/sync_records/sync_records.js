import { makeContext } from "@web/core/context";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { ListRenderer } from "@web/views/list/list_renderer";
import { deletionProps } from "../sync_deletion/sync_deletion";

/** A list that is as high as its rows: forms here stack several of them. */
export class CompactListRenderer extends ListRenderer {
    get getEmptyRowIds() {
        return [];
    }
}

/** Rows that are records of their own: they don't go by one click on their bin. */
export class AskingListRenderer extends CompactListRenderer {
    setup() {
        super.setup();
        this.dialog = useService("dialog");
    }

    async onDeleteRecord(record) {
        if (!record.resId) {
            return super.onDeleteRecord(record);
        }
        const props = await deletionProps(this.orm, record.resModel, [record.resId]);
        this.dialog.add(ConfirmationDialog, {
            ...props,
            confirm: () => super.onDeleteRecord(record),
            cancel: () => {},
        });
    }
}

export class SyncValuesField extends X2ManyField {
    static components = { ...X2ManyField.components, ListRenderer: CompactListRenderer };
}

/**
 * Records that open as pages of their own, not as dialogs: code needs the space, and
 * their buttons work at once because the form around them has been saved.
 */
export class SyncRecordsField extends SyncValuesField {
    static components = { ...X2ManyField.components, ListRenderer: AskingListRenderer };

    async openRecord(record) {
        if (!(await this.maySave())) {
            return;
        }
        return this.switchToForm(record, { newWindow: false });
    }

    /** Tell whether what is unsaved may be saved, which other code needs a yes for. */
    async maySave() {
        return this.props.record.isNew || (await this.env.settleCode?.()) !== false;
    }

    async onAdd({ context } = {}) {
        const { record, name } = this.props;
        if (!(await this.maySave()) || !(await record.save())) {
            return;
        }
        const owner = { [`default_${record.fields[name].relation_field}`]: record.resId };
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: this.list.resModel,
            views: [[false, "form"]],
            context: makeContext([this.props.context, context, owner]),
        });
    }
}

registry.category("fields").add("sync_values", {
    ...x2ManyField,
    component: SyncValuesField,
});
registry.category("fields").add("sync_records", {
    ...x2ManyField,
    component: SyncRecordsField,
});
