import { SyncHelp } from "@sync/sync_help/sync_help";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

export class SyncListController extends ListController {
    setup() {
        super.setup();
        useBus(this.env.bus, "SYNC-JOB-ENDED", () => this.reloadIfIdle());
    }

    /** Show how a job has ended that was started here, unless lines are chosen. */
    async reloadIfIdle() {
        const { root } = this.model;
        if (!root.selection.length && !root.editedRecord) {
            await this.model.load();
        }
    }
}

export class SyncListRenderer extends ListRenderer {
    static components = { ...ListRenderer.components, ActionHelper: SyncHelp };
}

export class SyncKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, ActionHelper: SyncHelp };
}

export const syncListView = {
    ...listView,
    Controller: SyncListController,
    Renderer: SyncListRenderer,
};

registry.category("views").add("sync_list", syncListView);
registry
    .category("views")
    .add("sync_kanban", { ...kanbanView, Renderer: SyncKanbanRenderer });
