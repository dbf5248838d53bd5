import { rpc } from "@web/core/network/rpc";
import { stepUtils } from "@web_tour/tour_utils";

const WORK = { model: "sync.job", method: "work", args: [[]], kwargs: {} };

/** Open the app by its icon, as somebody who has just logged in. */
export function openApp() {
    return stepUtils.goToAppSteps("sync.sync_menu_root", "Open Sync Studio");
}

/** Open a page by its entry of the app's menu. */
export function openMenu(name, content) {
    return click(`[data-menu-xmlid="sync.sync_${name}_menu"]`, content);
}

export function click(trigger, content) {
    return { content: content || `Click ${trigger}`, trigger, run: "click" };
}

export function see(trigger, content) {
    return { content: content || `See ${trigger}`, trigger };
}

export function fill(field, text) {
    return {
        content: `Fill in ${field}`,
        trigger: `.o_field_widget[name=${field}] input`,
        run: `edit ${text}`,
    };
}

export function openTab(name) {
    return click(`.o_notebook .nav-link[name=${name}]`);
}

export function writeCode(field, code) {
    return {
        content: `Write ${field}`,
        trigger: `.o_field_widget[name=${field}] .ace_editor`,
        run() {
            const editor = window.ace.edit(this.anchor);
            editor.focus();
            editor.setValue(code);
            editor.blur();
        },
    };
}

/** Run what is pending, where a test plays the job runner. */
export function work() {
    return {
        content: "A worker runs what is pending",
        trigger: "body",
        run: () => rpc("/web/dataset/call_kw/sync.job/work", WORK),
    };
}

/** Follow a line like "Add a task" to the page that has the ``field``. */
export function addRecord(label, field) {
    return [
        click(`.o_field_x2many_list_row_add a:contains(${label})`),
        see(`.o_form_view .o_field_widget[name=${field}]`),
    ];
}

export function save() {
    return stepUtils.saveForm();
}
