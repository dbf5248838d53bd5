import { Dialog } from "@web/core/dialog/dialog";
import { Component } from "@odoo/owl";

/** Tells that somebody has saved the code meanwhile, and asks whose text is to stay. */
export class SavedMeanwhileDialog extends Component {
    static template = "sync.SavedMeanwhileDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        diff: { type: Array, element: String },
        keepMine: Function,
        message: String,
        takeSaved: Function,
    };

    lineClass(line) {
        return { "+": "text-success", "-": "text-danger", "@": "text-muted" }[line[0]];
    }

    choose(answer) {
        answer();
        this.props.close();
    }
}
