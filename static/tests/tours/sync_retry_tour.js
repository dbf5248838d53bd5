import { registry } from "@web/core/registry";
import { click, openApp, openTab, save, see, writeCode } from "./tour_utils";

const FIXED = `def handle_button(data):
    log("%s products" % len(data or []))
`;

registry.category("web_tour.tours").add("sync_run_from_project", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        openTab("triggers"),
        click(".o_data_row:contains(Go) button[name=action_run_now]"),
        see(".o_notification:contains(The job is queued)"),
    ],
});

registry.category("web_tour.tours").add("sync_fix_and_retry", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop) .badge:contains(failed)"),
        click(".o_data_row:contains(Failed) .o_data_cell[name=task_id]"),
        see(".alert-danger:contains(line 2, in handle_button)"),
        see(".alert-danger:contains(TypeError)"),
        click(".o_field_widget[name=task_id] a"),
        writeCode("code", FIXED),
        ...save(),
        click(".breadcrumb-item:last a", "Back to the job"),
        click(".o_statusbar_buttons button[name=action_retry]"),
        see(".o_statusbar_status .o_arrow_button_current:contains(Pending)"),
    ],
});

registry.category("web_tour.tours").add("sync_see_it_done", {
    steps: () => [
        ...openApp(),
        see(".o_kanban_record:contains(Shop):not(:contains(failed))"),
        click(".o_kanban_record:contains(Shop)"),
        click("button[name=action_open_jobs]"),
        click(".o_data_row:contains(Done) .o_data_cell[name=task_id]"),
        see(".o_data_row:contains(0 products)"),
    ],
});
