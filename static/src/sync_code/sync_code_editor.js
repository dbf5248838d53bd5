import { CodeBar } from "@sync/sync_code/code_bar";
import { CodeEditor } from "@web/core/code_editor/code_editor";
import { useEffect, useState } from "@odoo/owl";

const OPENS_BAR = {
    find: { win: "Ctrl-F", mac: "Command-F" },
    replace: { win: "Ctrl-H", mac: "Command-Option-F" },
    line: { win: "Ctrl-L", mac: "Command-L" },
};
const ACE_NAMES = { find: "find", replace: "replace", line: "gotoline" };
// They need parts of Ace that Odoo doesn't ship, and would keep their keys dead.
const MISSING = [
    "showSettingsMenu",
    "goToNextError",
    "goToPreviousError",
    "openCommandPalette",
    "openCommandPallete",
];

/** Odoo's code editor with line numbers for readers too, and a bar to find with. */
export class SyncCodeEditor extends CodeEditor {
    static template = "sync.CodeEditor";
    static components = { ...CodeEditor.components, CodeBar };

    setup() {
        super.setup();
        this.bar = useState({ mode: false });
        useEffect(
            (el) => el && this.addCommands(),
            () => [this.editorRef.el]
        );
        useEffect(
            () => this.aceEditor.renderer.setOptions({ showGutter: true }),
            () => [this.props.readonly]
        );
    }

    addCommands() {
        const { commands } = this.aceEditor;
        commands.removeCommands(MISSING);
        for (const [mode, bindKey] of Object.entries(OPENS_BAR)) {
            commands.addCommand({
                name: ACE_NAMES[mode],
                bindKey,
                readOnly: mode !== "replace",
                exec: () => this.openBar(mode),
            });
        }
    }

    openBar(mode) {
        // The bar comes a moment later: what is typed until then isn't for the code.
        this.aceEditor.blur();
        this.bar.mode = mode;
    }

    closeBar() {
        this.bar.mode = false;
        this.aceEditor.focus();
    }
}
