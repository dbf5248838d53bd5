import { SyncHelp } from "@sync/sync_help/sync_help";
import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { graphView } from "@web/views/graph/graph_view";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { pivotView } from "@web/views/pivot/pivot_view";

// In the bundle of what these views are made of, which is loaded when one is opened.

export class SyncGraphController extends GraphController {
    static components = { ...GraphController.components, ActionHelper: SyncHelp };
}

export class SyncPivotController extends PivotController {
    static components = { ...PivotController.components, ActionHelper: SyncHelp };
}

registry
    .category("views")
    .add("sync_graph", { ...graphView, Controller: SyncGraphController })
    .add("sync_pivot", { ...pivotView, Controller: SyncPivotController });
