import { registry } from "@web/core/registry";
import { click, openApp, openTab, see, work } from "./tour_utils";

function shows(state) {
    return see(`.o_statusbar_status .o_arrow_button_current:contains(${state})`);
}

registry.category("web_tour.tours").add("sync_hear_the_outcome", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        openTab("triggers"),
        click(".o_data_row:contains(Nightly) button[name=action_run_manually]"),
        see(".o_notification:contains(The job is queued)"),
        work(),
        see(".o_notification:contains(Nightly):contains(Done in)"),
        see(".o_notification_manager:not(:contains(The job is queued))"),
        click(".o_notification .o_notification_close"),
        click(".o_data_row:contains(Go) button[name=action_run_now]"),
        see(".o_notification:contains(Go):contains(The job is queued)"),
        work(),
        see(".o_notification:contains(Go):contains(Failed: TypeError)"),
        see("button[name=action_open_failed_jobs] .o_stat_value:contains(1)"),
        click(".o_notification button:contains(Job)"),
        shows("Failed"),
        click(".o_statusbar_buttons button[name=action_retry]"),
        shows("Pending"),
        work(),
        see(".o_notification:contains(Failed: TypeError)"),
        shows("Failed"),
        see(".o_form_view .o_data_row:eq(1):contains(TypeError)", "The log grows"),
        click(".o_statusbar_buttons button[name=action_retry]"),
        shows("Pending"),
        see(".o_notification_manager:not(:contains(Failed))", "The old outcome is gone"),
        work(),
        see(".o_notification:contains(Failed: TypeError)"),
    ],
});
