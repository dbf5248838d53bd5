import { revealCursor } from "@sync/sync_code/reveal_cursor";
import { _t } from "@web/core/l10n/translation";
import { Component, onMounted, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";

/**
 * What opens above a text of code to find something, to replace it or to go to a line.
 * Ace has such a box of its own, which Odoo leaves out.
 */
export class CodeBar extends Component {
    static template = "sync.CodeBar";
    static props = {
        close: Function,
        editor: Object,
        mode: { validate: (mode) => ["find", "replace", "line"].includes(mode) },
        readonly: { type: Boolean, optional: true },
    };

    setup() {
        const { editor } = this.props;
        const selected = editor.getSelectedText();
        this.state = useState({
            text: selected.includes("\n") ? "" : selected,
            replacement: "",
            isCaseSensitive: false,
            found: 0,
            current: 0,
        });
        this.bar = useRef("bar");
        this.input = useRef("input");
        useEffect(
            (el) => el?.select(),
            () => [this.input.el, this.props.mode]
        );
        onMounted(() => this.search());
        onWillUnmount(() => editor.session?.highlight());
    }

    get isSearch() {
        return this.props.mode !== "line";
    }

    get isReplacing() {
        return this.props.mode === "replace" && !this.props.readonly;
    }

    get summary() {
        const { text, found, current } = this.state;
        if (!text) {
            return "";
        }
        return found ? _t("%(n)s of %(all)s", { n: current, all: found }) : _t("None");
    }

    get options() {
        return { caseSensitive: this.state.isCaseSensitive, regExp: false, wrap: true };
    }

    /** Show what matches, and select the match at the cursor or the next one. */
    search() {
        if (this.isSearch) {
            this.find({ skipCurrent: false });
        }
    }

    find(options = {}) {
        const { editor } = this.props;
        const { text } = this.state;
        if (text) {
            editor.find(text, { ...this.options, backwards: false, ...options }, false);
            editor.session.highlight(editor.$search.$options.re);
            this.reveal();
        } else {
            editor.session.highlight();
        }
        this.count();
    }

    reveal() {
        const { bottom } = this.bar.el.getBoundingClientRect();
        revealCursor(this.props.editor, bottom);
    }

    count() {
        const { editor } = this.props;
        const ranges = this.state.text ? editor.$search.findAll(editor.session) : [];
        const selected = editor.getSelectionRange();
        this.state.found = ranges.length;
        this.state.current = ranges.findIndex((range) => range.isEqual(selected)) + 1;
    }

    next() {
        this.find({ skipCurrent: true });
    }

    previous() {
        this.find({ skipCurrent: true, backwards: true });
    }

    replace() {
        this.props.editor.replace(this.state.replacement, { needle: this.state.text });
        this.next();
    }

    replaceAll() {
        this.props.editor.replaceAll(this.state.replacement, { needle: this.state.text });
        this.count();
    }

    goToLine() {
        const line = parseInt(this.state.text, 10);
        if (line) {
            this.props.editor.gotoLine(line);
            this.reveal();
            this.props.close();
        }
    }

    onInput() {
        this.search();
    }

    onKeydown(ev) {
        const isFindKey = ev.key === "f" && (ev.ctrlKey || ev.metaKey);
        if (!["Enter", "Escape"].includes(ev.key) && !isFindKey) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        if (ev.key === "Escape") {
            this.props.close();
        } else if (isFindKey) {
            this.input.el.select();
        } else if (this.isSearch) {
            ev.shiftKey ? this.previous() : this.next();
        } else {
            this.goToLine();
        }
    }
}
