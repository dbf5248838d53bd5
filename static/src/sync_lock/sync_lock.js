import { registry } from "@web/core/registry";
import {
    BooleanToggleField,
    booleanToggleField,
} from "@web/views/fields/boolean_toggle/boolean_toggle_field";

/**
 * Sends what is locked along: a Manager approves what the form showed, and not what the
 * server has by then.
 */
export class SyncLockField extends BooleanToggleField {
    async onChange(locked) {
        this.state.value = locked;
        const { key, value } = this.props.record.data;
        await this.props.record.update({ key, value, locked });
    }
}

registry.category("fields").add("sync_lock", {
    ...booleanToggleField,
    component: SyncLockField,
    extractProps: ({ options }, { readonly }) => ({ readonly }),
});
