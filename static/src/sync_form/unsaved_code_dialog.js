import { Dialog } from "@web/core/dialog/dialog";
import { Component } from "@odoo/owl";

/** Asks what becomes of code that is not saved. */
export class UnsavedCodeDialog extends Component {
    static template = "sync.UnsavedCodeDialog";
    static components = { Dialog };
    static props = { close: Function, leave: Function, save: Function };

    choose(answer) {
        answer();
        this.props.close();
    }
}
