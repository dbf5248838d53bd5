import { syncListView } from "@sync/sync_list/sync_list";
import { registry } from "@web/core/registry";
import { RelationalModel } from "@web/model/relational_model/relational_model";

const OLDEST_FIRST = [{ name: "id", asc: true }];

/** Logs: the newest first, but each run from its beginning where one reads runs. */
export class SyncLogModel extends RelationalModel {
    _getNextConfig() {
        const config = super._getNextConfig(...arguments);
        // Only we sort by id, which is no column.
        const orderBy = config.orderBy.filter(({ name }) => name !== "id");
        const byRun = config.context.sync_one_run || config.groupBy.includes("job_id");
        config.orderBy = byRun && !orderBy.length ? OLDEST_FIRST : orderBy;
        return config;
    }
}

registry.category("views").add("sync_log_list", { ...syncListView, Model: SyncLogModel });
