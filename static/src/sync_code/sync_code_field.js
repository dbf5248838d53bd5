import { drafts } from "@sync/sync_code/drafts";
import { SyncCodeEditor } from "@sync/sync_code/sync_code_editor";
import { formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { AceField, aceField } from "@web/views/fields/ace/ace_field";
import { onWillUnmount } from "@odoo/owl";

const { DateTime } = luxon;
const PAUSE = 300; // milliseconds

/**
 * A text of code. What is typed is kept as a draft in the browser until the record is
 * saved or its changes are discarded, and offered when the record is opened again.
 */
export class SyncCodeField extends AceField {
    static template = "sync.CodeField";
    static components = { CodeEditor: SyncCodeEditor };

    setup() {
        super.setup();
        const { name, record } = this.props;
        const { bus } = record.model;
        this.state.version = 0;
        useRecordObserver((record) => {
            const key = drafts.key(record, name);
            if (key !== this.draftKey) {
                this.draftKey = key;
                this.isTyped = false;
                this.state.offer = this.findOffer(record);
            }
        });
        this.keepDraftSoon = useDebounced(() => this.keepDraft(), PAUSE);
        useBus(bus, "SYNC-KEEP-DRAFTS", () => this.keepDraft());
        // The record that was just loaded may not be in the props yet.
        const offer = () => (this.state.offer = this.findOffer(record.model.root));
        useBus(bus, "SYNC-OFFER-DRAFTS", offer);
        useBus(bus, "SYNC-CODE-SETTLED", () => {
            this.isTyped = false;
            if (this.state.offer) {
                offer();
            }
        });
        // What was typed and discarded at once never was a value that the editor showed:
        // it would not notice that the value is the old one again.
        useBus(bus, "SYNC-CODE-DISCARDED", () => (this.state.version += 1));
        onWillUnmount(() => {
            this.keepDraft();
            this.tell(false);
        });
    }

    findOffer(record) {
        const { name, readonly } = this.props;
        const draft = !readonly && drafts.find(this.draftKey);
        if (!draft || draft.text === (record.data[name] || "")) {
            return false;
        }
        const time = formatDateTime(DateTime.fromMillis(draft.time));
        return { ...draft, time, isOutdated: draft.seen !== this.seen(record) };
    }

    seen(record = this.props.record) {
        return record.data.code_seen?.[this.props.name];
    }

    handleChange(editedValue) {
        super.handleChange(editedValue);
        this.isTyped = true;
        this.tell(this.isDirty);
        this.keepDraftSoon();
    }

    async commitChanges() {
        await super.commitChanges();
        this.tell(false);
    }

    /** Tell the form whether something is typed that is not in the record yet. */
    tell(isTyped) {
        const { name, record } = this.props;
        record.model.bus.trigger("SYNC-CODE-TYPED", { name, isTyped });
    }

    keepDraft() {
        const { name, readonly, record } = this.props;
        if (this.isTyped && !readonly) {
            const text = this.isDirty ? this.editedValue : record.data[name] || "";
            drafts.write(this.draftKey, text, this.seen());
        }
    }

    async restore() {
        const { key, text } = this.state.offer;
        this.state.offer = false;
        this.isDirty = false;
        if (key !== this.draftKey) {
            drafts.remove(key);
            drafts.write(this.draftKey, text, this.seen());
        }
        await this.props.record.update({ [this.props.name]: text });
    }

    forget() {
        drafts.remove(this.state.offer.key);
        this.state.offer = false;
    }
}

registry.category("fields").add("sync_code", {
    ...aceField,
    component: SyncCodeField,
    fieldDependencies: [{ name: "code_seen", type: "json", readonly: true }],
});
