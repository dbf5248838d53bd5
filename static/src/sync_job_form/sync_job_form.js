import { OPEN_STATES } from "@sync/sync_outcome/sync_outcome";
import { keepLooking } from "@sync/sync_polling/sync_polling";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useEffect } from "@odoo/owl";

/** A job's form follows its job until that has ended, and its sub-jobs as well. */
export class SyncJobController extends FormController {
    setup() {
        super.setup();
        useEffect(
            (jobId, mayChange) => {
                if (jobId && mayChange) {
                    this.openChildren = undefined;
                    return keepLooking(() => this.look(jobId));
                }
            },
            () => {
                const { resId, data } = this.model.root;
                const isOpen = OPEN_STATES.includes(data.state);
                return [resId, isOpen || data.child_count > 0];
            }
        );
    }

    async look(jobId) {
        const fields = ["state", "log_count", "child_count"];
        const [job] = await this.orm.silent.read("sync.job", [jobId], fields);
        const openChildren = job.child_count && (await this.countOpenChildren(jobId));
        const { resId, data } = this.model.root;
        if (resId !== jobId) {
            return true;
        }
        const isOld = fields.some((name) => job[name] !== data[name]);
        if (isOld || ![undefined, openChildren].includes(this.openChildren)) {
            await this.model.load();
        }
        this.openChildren = openChildren;
        return !OPEN_STATES.includes(job.state) && !openChildren;
    }

    countOpenChildren(jobId) {
        const domain = [
            ["parent_id", "=", jobId],
            ["state", "in", OPEN_STATES],
        ];
        return this.orm.silent.searchCount("sync.job", domain);
    }
}

registry.category("views").add("sync_job_form", {
    ...formView,
    Controller: SyncJobController,
});
