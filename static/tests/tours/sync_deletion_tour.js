import { registry } from "@web/core/registry";
import { click, openApp, openTab, save, see } from "./tour_utils";

const BIN = ".o_field_widget[name=task_ids] .o_data_row:contains(Sync products) .o_list_record_remove";
const KEEP = ".modal-footer button:contains(No, keep it)";

registry.category("web_tour.tours").add("sync_delete_task", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        openTab("tasks"),
        click(BIN),
        see(".modal-body:contains(Sync products)"),
        see(".modal-body:contains(The code, 3 jobs and 6 lines of their logs)"),
        click(KEEP),
        see(BIN),
        // The view's own way asks the same.
        click(".o_field_widget[name=task_ids] .o_data_row .o_data_cell[name=name]"),
        see(".o_form_view .o_field_widget[name=code]"),
        click(".o_cp_action_menus button:has(.fa-cog)"),
        click(".o-dropdown--menu .o_menu_item:contains(Delete)"),
        see(".modal-body:contains(The code, 3 jobs)"),
        click(KEEP),
        click(".breadcrumb-item:last a", "Back to the project"),
        click(BIN),
        click(".modal-footer button:contains(Delete)"),
        see(".o_field_widget[name=task_ids]:not(:contains(Sync products))"),
        ...save(),
    ],
});
