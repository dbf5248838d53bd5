import { OPEN_STATES } from "@sync/sync_outcome/sync_outcome";
import { keepLooking } from "@sync/sync_polling/sync_polling";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useEffect } from "@odoo/owl";

/** A job's form follows its job until that has ended. */
export class SyncJobController extends FormController {
    setup() {
        super.setup();
        useEffect(
            (jobId, isOpen) => {
                if (jobId && isOpen) {
                    return keepLooking(() => this.look(jobId));
                }
            },
            () => {
                const { resId, data } = this.model.root;
                return [resId, OPEN_STATES.includes(data.state)];
            }
        );
    }

    async look(jobId) {
        const fields = ["state", "log_count"];
        const [job] = await this.orm.silent.read("sync.job", [jobId], fields);
        const { resId, data } = this.model.root;
        if (resId !== jobId) {
            return true;
        }
        if (fields.some((name) => job[name] !== data[name])) {
            await this.model.load();
        }
        return !OPEN_STATES.includes(job.state);
    }
}

registry.category("views").add("sync_job_form", {
    ...formView,
    Controller: SyncJobController,
});
