import { Dialog } from "@web/core/dialog/dialog";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";

export class SignDialog extends Component {
    static template = "sync.SignDialog";
    static components = { Dialog };
    static props = { close: Function, review: Object, sign: Function };

    lineClass(line) {
        return { "+": "text-success", "-": "text-danger", "@": "text-muted" }[line[0]];
    }

    async sign() {
        await this.props.sign();
        this.props.close();
    }
}

/**
 * Shows a Manager what has changed since the Protected Code was signed. What is signed
 * is the text that was shown, whatever happens to the project meanwhile.
 */
export class SyncSign extends Component {
    static template = "sync.Sign";
    static props = { ...standardWidgetProps };

    setup() {
        this.dialog = useService("dialog");
    }

    async review() {
        const { record } = this.props;
        if ((await this.env.settleCode?.()) === false || !(await record.save())) {
            return;
        }
        const project_id = record.resId;
        const review = await rpc("/sync/project/review", { project_id });
        const sign = async () => {
            await rpc("/sync/project/sign", { project_id, reviewed: review.text });
            await record.load();
        };
        this.dialog.add(SignDialog, { review, sign });
    }
}

registry.category("view_widgets").add("sync_sign", { component: SyncSign });
