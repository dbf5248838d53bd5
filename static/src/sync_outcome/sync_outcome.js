import { keepLooking } from "@sync/sync_polling/sync_polling";
import { formatFloat } from "@web/core/utils/numbers";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const PATIENCE = 600_000; // milliseconds
export const OPEN_STATES = ["pending", "started"];
// By a job's id: what closes the last message about it.
const closeLast = new Map();

function openJob({ action }, jobId) {
    return action.doAction({
        type: "ir.actions.act_window",
        res_model: "sync.job",
        res_id: jobId,
        views: [[false, "form"]],
    });
}

async function openLogs({ action, orm }, jobId) {
    return action.doAction(await orm.call("sync.job", "action_open_logs", [[jobId]]));
}

/** Return what to say about a job that has ended, and how. */
function describe({ state, error, duration, child_count: children }) {
    switch (state) {
        case "done": {
            const seconds = formatFloat(duration, { digits: [0, 2] });
            const text = children
                ? _t("Done in %(seconds)s s; sub-jobs: %(children)s", { seconds, children })
                : _t("Done in %s s", seconds);
            return [text, { type: "success" }];
        }
        case "failed":
            return [_t("Failed: %s", error), { type: "danger", sticky: true }];
        case "cancelled":
            return [_t("Cancelled"), { type: "warning" }];
        default:
            return [_t("The job has not ended yet."), { type: "warning" }];
    }
}

/**
 * Say that a job is queued, and once it has ended say how. A client action: its
 * parameters are `job_id`, `title`, `message` and the action that comes `next`.
 */
export function syncOutcome(env, { params }) {
    const { notification, orm } = env.services;
    const { job_id: jobId, message, title, next } = params;
    const until = Date.now() + PATIENCE;

    function say(text, options) {
        const link = (name, open) => ({
            name,
            onClick() {
                close();
                open(env.services, jobId);
            },
        });
        const buttons = [link(_t("Job"), openJob), link(_t("Logs"), openLogs)];
        closeLast.get(jobId)?.();
        const close = notification.add(text, { title, buttons, ...options });
        closeLast.set(jobId, close);
    }

    say(message, { type: "info" });
    keepLooking(async () => {
        const fields = ["state", "error", "duration", "child_count"];
        const [job] = await orm.silent.read("sync.job", [jobId], fields);
        if (OPEN_STATES.includes(job.state) && Date.now() < until) {
            return false;
        }
        say(...describe(job));
        env.bus.trigger("SYNC-JOB-ENDED");
        return true;
    });
    return next;
}

registry.category("actions").add("sync_outcome", syncOutcome);
