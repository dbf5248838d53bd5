import { drafts } from "@sync/sync_code/drafts";
import { SavedMeanwhileDialog } from "@sync/sync_form/saved_meanwhile_dialog";
import { UnsavedCodeDialog } from "@sync/sync_form/unsaved_code_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { onMounted, useSubEnv } from "@odoo/owl";

/**
 * A form with code, which is live as soon as it is saved. So leaving the form, reloading
 * the page or looking at another tab doesn't save it, as Odoo's forms do.
 */
export class SyncFormController extends FormController {
    setup() {
        super.setup();
        this.codeFields = Object.values(this.archInfo.fieldNodes)
            .filter(({ widget }) => widget === "sync_code")
            .map(({ name }) => name);
        // Names of code fields of which something is typed, and not yet in the record.
        this.typedCode = new Set();
        this.typedElsewhere = false;
        this.seen = {};
        this.notification = useService("notification");
        useBus(this.model.bus, "SYNC-CODE-TYPED", ({ detail }) => this.onTyped(detail));
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({ detail }) => {
            this.typedElsewhere = detail;
        });
        useBus(this.env.bus, "SYNC-JOB-ENDED", () => this.reloadIfUnchanged());
        onMounted(() => this.pointToDrafts());
        useSubEnv({ settleCode: () => this.settleCode() });
    }

    onTyped({ name, isTyped }) {
        this.typedCode[isTyped ? "add" : "delete"](name);
    }

    // -- what is unsaved -------------------------------------------------------------

    get changedNames() {
        return Object.keys(this.model.root._changes);
    }

    get hasUnsavedCode() {
        const isCode = (name) => this.codeFields.includes(name);
        return this.typedCode.size > 0 || this.changedNames.some(isCode);
    }

    /** Whether a draft of the code isn't all that would be missed. */
    get losesWhenClosed() {
        const isKept = (name) => this.codeFields.includes(name) && drafts.isLasting(name);
        const isTyping = this.typedElsewhere && !this.typedCode.size;
        return isTyping || ![...this.changedNames, ...this.typedCode].every(isKept);
    }

    async reloadIfUnchanged() {
        const { root } = this.model;
        const isTyped = this.typedElsewhere || this.typedCode.size;
        if (!root.isNew && !root.dirty && !isTyped) {
            await this.model.load();
        }
    }

    // -- saving ----------------------------------------------------------------------

    async onWillSaveRecord(record, changes) {
        const saved = this.codeFields.filter((name) => name in changes);
        this.savedDrafts = saved.map((name) => drafts.key(record, name));
        if (saved.length && !record.isNew) {
            changes.code_seen = { ...record.data.code_seen, ...this.seen };
        }
        return super.onWillSaveRecord(...arguments);
    }

    async onRecordSaved(record) {
        this.forgetDrafts(this.savedDrafts);
        this.seen = {};
        return super.onRecordSaved(...arguments);
    }

    async onSaveError(error, options, leaving) {
        const conflict = error.data?.context?.sync_saved_meanwhile;
        if (!conflict) {
            return super.onSaveError(...arguments);
        }
        return this.settleConflict(conflict, error.data.message, options);
    }

    /** Ask whose text is to stay; return whether the record is saved. */
    settleConflict({ field, seen, diff }, message, { discard, retry }) {
        return this.ask(SavedMeanwhileDialog, { diff, message }, {
            keepMine: () => {
                this.seen[field] = seen;
                return retry();
            },
            takeSaved: async () => {
                this.keepDrafts();
                discard();
                this.loadAndOffer();
                return false;
            },
        });
    }

    /** Say which pages of the form, besides the one that is open, offer a draft. */
    pointToDrafts() {
        const { root } = this.model;
        const hidden = this.codeFields.filter((name) => {
            const draft = drafts.find(drafts.key(root, name));
            const isShown = this.rootRef.el.querySelector(`.o_field_widget[name=${name}]`);
            return draft && !isShown && draft.text !== (root.data[name] || "");
        });
        if (hidden.length) {
            const places = hidden.map((name) => root.fields[name].string).join(", ");
            const text = _t("A text of yours was not saved: %s. Its page offers it.", places);
            this.notification.add(text, { type: "warning" });
        }
    }

    async discard() {
        this.forgetDrafts(this.codeFields.map((name) => drafts.key(this.model.root, name)));
        await super.discard(...arguments);
        this.model.bus.trigger("SYNC-CODE-DISCARDED");
    }

    keepDrafts() {
        this.model.bus.trigger("SYNC-KEEP-DRAFTS");
        this.model.bus.trigger("SYNC-CODE-SETTLED");
    }

    async loadAndOffer() {
        await this.model.load();
        this.model.bus.trigger("SYNC-OFFER-DRAFTS");
    }

    forgetDrafts(keys = []) {
        keys.forEach((key) => drafts.remove(key));
        this.model.bus.trigger("SYNC-CODE-SETTLED");
    }

    // -- leaving ---------------------------------------------------------------------

    /** Ask what becomes of unsaved code; return whether to go on. */
    async settleCode() {
        await this.model.root.isDirty();
        if (!this.hasUnsavedCode) {
            return true;
        }
        const onError = (error, options) => this.onSaveError(error, options, true);
        return this.ask(UnsavedCodeDialog, {}, {
            save: () => this.save({ onError }),
            leave: async () => {
                this.keepDrafts();
                await this.model.root.discard();
                return true;
            },
        });
    }

    /** Show a dialog; return what the chosen one of `answers` returns, or false. */
    ask(dialog, props, answers) {
        return new Promise((resolve, reject) => {
            let answer = Promise.resolve(false);
            const choices = Object.entries(answers).map(([name, run]) => [
                name,
                () => (answer = run()),
            ]);
            this.dialogService.add(
                dialog,
                { ...props, ...Object.fromEntries(choices) },
                { onClose: () => answer.then(resolve, reject) }
            );
        });
    }

    beforeVisibilityChange() {
        if (this.hasUnsavedCode) {
            this.model.bus.trigger("SYNC-KEEP-DRAFTS");
            return;
        }
        return super.beforeVisibilityChange();
    }

    async beforeUnload(ev) {
        if (!this.hasUnsavedCode) {
            return super.beforeUnload(ev);
        }
        this.model.bus.trigger("SYNC-KEEP-DRAFTS");
        if (this.losesWhenClosed) {
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
        }
    }

    async beforeLeave({ forceLeave } = {}) {
        if (!forceLeave && this.hasUnsavedCode) {
            return this.settleCode();
        }
        return super.beforeLeave(...arguments);
    }

    async onPagerUpdate() {
        if (await this.settleCode()) {
            return super.onPagerUpdate(...arguments);
        }
    }

    async create() {
        if (await this.settleCode()) {
            return super.create(...arguments);
        }
    }

    async shouldExecuteAction(item) {
        if (!item.skipSave && !(await this.settleCode())) {
            return false;
        }
        return super.shouldExecuteAction(...arguments);
    }

    async beforeExecuteActionButton({ name, special }) {
        if (this.env.inDialog) {
            return super.beforeExecuteActionButton(...arguments);
        }
        // What opens another page leaves this one; what runs a task runs what is seen.
        const isLeaving = name?.startsWith("action_open");
        if (isLeaving && !this.model.root.isNew && !(await this.settleCode())) {
            return false;
        }
        if (special !== "cancel" && !(await this.save())) {
            return false;
        }
        return super.beforeExecuteActionButton(...arguments);
    }
}

registry.category("views").add("sync_form", {
    ...formView,
    Controller: SyncFormController,
});
