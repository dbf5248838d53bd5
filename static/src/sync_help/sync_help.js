import { registry } from "@web/core/registry";
import { ActionHelper } from "@web/views/action_helper";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

/** What an empty view says: what to do first, or that its filters let nothing through. */
export class SyncHelp extends ActionHelper {
    static template = "sync.Help";

    get isSearched() {
        return this.env.searchModel?.facets.length > 0;
    }

    get isPart() {
        return this.env.searchModel?.globalDomain.length > 0;
    }
}

export class SyncListRenderer extends ListRenderer {
    static components = { ...ListRenderer.components, ActionHelper: SyncHelp };
}

export class SyncKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, ActionHelper: SyncHelp };
}

export const syncListView = { ...listView, Renderer: SyncListRenderer };

registry.category("views").add("sync_list", syncListView);
registry
    .category("views")
    .add("sync_kanban", { ...kanbanView, Renderer: SyncKanbanRenderer });
