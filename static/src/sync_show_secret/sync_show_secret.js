import { _t } from "@web/core/l10n/translation";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { Dialog } from "@web/core/dialog/dialog";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";

export class SecretDialog extends Component {
    static template = "sync.SecretDialog";
    static components = { CopyButton, Dialog };
    static props = { close: Function, name: String, value: String };
}

/**
 * An eye that asks the server for a secret's value: no form ever gets it otherwise,
 * and the server records who asked.
 */
export class SyncShowSecret extends Component {
    static template = "sync.ShowSecret";
    static props = { ...standardWidgetProps };

    setup() {
        this.dialog = useService("dialog");
        this.title = _t("Show the value; this is recorded");
    }

    get isSet() {
        return this.props.record.resId && this.props.record.data.is_set;
    }

    async show() {
        const { resId, data } = this.props.record;
        const value = await rpc("/sync/secret/show", { secret_id: resId });
        this.dialog.add(SecretDialog, { name: data.key, value });
    }
}

registry.category("view_widgets").add("sync_show_secret", {
    component: SyncShowSecret,
    fieldDependencies: [
        { name: "key", type: "char" },
        { name: "is_set", type: "boolean" },
    ],
});
