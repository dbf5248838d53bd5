import { makeContext } from "@web/core/context";
import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { ListRenderer } from "@web/views/list/list_renderer";

/** A list that is as high as its rows: forms here stack several of them. */
export class CompactListRenderer extends ListRenderer {
    get getEmptyRowIds() {
        return [];
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
