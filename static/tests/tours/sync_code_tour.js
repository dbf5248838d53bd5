import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import {
    addRecord,
    click,
    fill,
    openApp,
    openMenu,
    openTab,
    save,
    see,
    writeCode,
} from "./tour_utils";

const EDITOR = ".o_field_widget[name=code] .ace_editor";
const PROTECTED = ".o_field_widget[name=protected_code] .ace_editor";
const HALF = `def handle_button():
    log("half")
`;
const THEIRS = `def handle_button():
    log("theirs")
`;

function openTask() {
    return [
        openMenu("task"),
        click(".o_data_row:contains(Sync products) .o_data_cell[name=name]"),
        see(`.o_form_view ${EDITOR}`),
    ];
}

/** Type into the editor and go on without leaving it, as before pressing F5. */
function type(text, trigger = EDITOR) {
    return {
        content: `Type ${text}`,
        trigger,
        run() {
            const editor = window.ace.edit(this.anchor);
            editor.focus();
            editor.navigateFileEnd();
            editor.insert(text);
        },
    };
}

function reads(text) {
    return see(`${EDITOR} .ace_content:contains(${text})`, `The code reads ${text}`);
}

function readsNot(text) {
    return see(`${EDITOR} .ace_content:not(:contains(${text}))`, `Not ${text}`);
}

function reload() {
    return {
        content: "Reload the page",
        trigger: "body",
        run: () => window.location.reload(),
        expectUnloadPage: true,
    };
}

function press(trigger, key, keyCode, options = {}) {
    return {
        content: `Press ${key}`,
        trigger,
        run() {
            const init = { key, keyCode, bubbles: true, cancelable: true, ...options };
            this.anchor.dispatchEvent(new KeyboardEvent("keydown", init));
        },
    };
}

/** See that the cursor's line has a text, and is neither out of sight nor covered. */
function seesSelected(text, content) {
    return {
        content,
        trigger: EDITOR,
        run() {
            const editor = window.ace.edit(this.anchor);
            const { row, column } = editor.getCursorPosition();
            const line = editor.session.getLine(row);
            const { pageX, pageY } = editor.renderer.textToScreenCoordinates(row, column);
            const seen = document.elementFromPoint(pageX, pageY + 5);
            if (!line.includes(text) || !this.anchor.contains(seen)) {
                throw new Error(`Line ${row + 1} at ${pageY}: ${line}`);
            }
        },
    };
}

function draftKeys(storage) {
    return Object.keys(storage).filter((key) => key.startsWith("sync.draft:"));
}

/** Let eight days pass for the drafts in the browser. */
function waitForDays() {
    return {
        content: "Come back after more than a week",
        trigger: "body",
        async run() {
            const later = (draft) => ({ ...draft, time: draft.time - 8 * 24 * 3600e3 });
            // A draft is written when one stops to type for a moment.
            await new Promise((resolve) => setTimeout(resolve, 500));
            const keys = draftKeys(localStorage);
            if (!keys.length) {
                throw new Error("There is no draft");
            }
            for (const key of keys) {
                const draft = JSON.parse(localStorage.getItem(key));
                localStorage.setItem(key, JSON.stringify(later(draft)));
            }
        },
    };
}

/** Let another person save the code, as far as this page can know. */
function somebodySaves(text) {
    return {
        content: "Somebody saves",
        trigger: "body",
        async run() {
            const call = (method, args) =>
                rpc(`/web/dataset/call_kw/sync.task/${method}`, {
                    model: "sync.task",
                    method,
                    args,
                    kwargs: {},
                });
            const ids = await call("search", [[["name", "=", "Sync products"]]]);
            await call("write", [ids, { code: text }]);
        },
    };
}

registry.category("web_tour.tours").add("sync_keep_code", {
    steps: () => [
        ...openApp(),
        ...openTask(),
        type("x = 1  # half"),
        reload(),
        see(".o_sync_draft:contains(was not saved)"),
        readsNot("half"),
        click(".o_sync_draft_restore"),
        reads("half"),
        openTab("triggers"),
        openTab("code"),
        reads("half"),
        openMenu("job"),
        click(".modal .o_sync_stay"),
        openMenu("job"),
        click(".modal .o_sync_leave"),
        see(".o_list_view .o_nocontent_help"),
        ...openTask(),
        readsNot("half"),
        click(".o_sync_draft_restore"),
        type("\nif (:"),
        click(".o_form_button_save"),
        click(".modal:contains(Line) .btn-primary"),
        reload(),
        click(".o_sync_draft_restore"),
        reads("if (:"),
        click("button[name=action_open_logs]", "Leave by a button"),
        click(".modal .o_sync_stay"),
        click(".o_form_button_cancel"),
        readsNot("half"),
        reload(),
        reads("the beginning"),
        see(".o_form_view:not(:has(.o_sync_draft))"),
        type("y = 1"),
        click(".o_form_button_cancel", "Discard what was typed a moment ago"),
        readsNot("y = 1"),
        type("y = 2"),
        readsNot("y = 1"),
        openMenu("job"),
        click(".modal .o_sync_leave"),
        see(".o_list_view .o_nocontent_help"),
        waitForDays(),
        ...openTask(),
        reads("the beginning"),
        see(".o_form_view:not(:has(.o_sync_draft))"),
    ],
});

registry.category("web_tour.tours").add("sync_keep_new_code", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        ...addRecord("Add a task", "code"),
        type("x = 1  # half"),
        reload(),
        see(".o_sync_draft:contains(was not saved)", "The page has forgotten the project"),
        readsNot("half"),
        click(".o_sync_draft_restore"),
        reads("half"),
        reload(),
        see(".o_sync_draft:contains(was not saved)"),
        openMenu("project"),
        click(".o_kanban_record:contains(Shop)"),
        ...addRecord("Add a task", "code"),
        click(".o_sync_draft_restore"),
        reads("half"),
        fill("name", "Half"),
        ...save(),
        {
            content: "Nothing is left to offer",
            trigger: ".o_form_view",
            run() {
                if (draftKeys(localStorage).length) {
                    throw new Error(`Drafts: ${draftKeys(localStorage)}`);
                }
            },
        },
    ],
});

registry.category("web_tour.tours").add("sync_keep_protected_code", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        openTab("protected_code"),
        type("B = 2", PROTECTED),
        openTab("settings"),
        {
            content: "What only Managers may see stays in the tab",
            trigger: ".o_form_view:not(:has(.ace_editor))",
            run() {
                const kept = [localStorage, sessionStorage].map(draftKeys);
                if (kept[0].length || kept[1].length !== 1) {
                    throw new Error(`Drafts: ${JSON.stringify(kept)}`);
                }
            },
        },
        reload(),
        see(".o_notification:contains(Protected Code)"),
        openTab("protected_code"),
        click(".o_sync_draft_restore"),
        see(`${PROTECTED} .ace_content:contains(B = 2)`),
        ...save(),
        openTab("settings"),
        openTab("protected_code"),
        see(".o_form_view:not(:has(.o_sync_draft))"),
    ],
});

registry.category("web_tour.tours").add("sync_save_meanwhile", {
    steps: () => [
        ...openApp(),
        ...openTask(),
        somebodySaves(THEIRS),
        writeCode("code", HALF),
        click(".o_form_button_save"),
        see(".modal .o_sync_diff .text-danger:contains(theirs)"),
        see(".modal .o_sync_diff .text-success:contains(half)"),
        click(".modal .o_sync_keep_editing"),
        reads("half"),
        click(".o_form_button_save"),
        click(".modal .o_sync_take_saved"),
        reads("theirs"),
        see(".o_sync_draft:contains(Somebody has saved this code since)"),
        click(".o_sync_draft_restore"),
        reads("half"),
        somebodySaves(THEIRS.replace("theirs", "theirs again")),
        click(".o_form_button_save"),
        click(".modal .o_sync_keep_mine"),
        see(".o_form_button_save:not(:visible)"),
        see(".o_form_view:not(:has(.o_sync_draft))"),
        writeCode("code", HALF.replace("half", "whole")),
        ...save(),
        reads("whole"),
    ],
});

registry.category("web_tour.tours").add("sync_find_in_code", {
    steps: () => [
        ...openApp(),
        ...openTask(),
        see(`${EDITOR} .ace_gutter-cell:contains(2)`, "Lines have numbers for readers"),
        press(`${EDITOR} .ace_text-input:not(:visible)`, "f", 70, { ctrlKey: true }),
        {
            content: "Look for something",
            trigger: ".o_sync_code_bar input[type=text]",
            run: "edit log",
        },
        see(".o_sync_code_found:contains(1 of 2)"),
        press(".o_sync_code_bar input[type=text]", "Enter", 13),
        see(".o_sync_code_found:contains(2 of 2)"),
        seesSelected("log('b')", "What is found at the end of a long text is shown"),
        press(".o_sync_code_bar input[type=text]", "Enter", 13, { shiftKey: true }),
        see(".o_sync_code_found:contains(1 of 2)"),
        press(".o_sync_code_bar input[type=text]", "Escape", 27),
        see(".o_form_view:not(:has(.o_sync_code_bar))"),
        press(`${EDITOR} .ace_text-input:not(:visible)`, "l", 76, { ctrlKey: true }),
        {
            content: "Go to the last line",
            trigger: ".o_sync_code_bar input[type=text]",
            run: "edit 153",
        },
        press(".o_sync_code_bar input[type=text]", "Enter", 13),
        seesSelected("log('b')", "The line is shown"),
    ],
});
