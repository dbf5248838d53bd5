import { registry } from "@web/core/registry";
import { click, openApp, openTab, see } from "./tour_utils";

registry.category("web_tour.tours").add("sync_sign_and_look", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        see(".alert:contains(the Protected Code was changed)"),
        click(".o_sync_sign"),
        see(".modal .o_sync_diff > .text-danger:contains(return 1)"),
        see(".modal .o_sync_diff > .text-success:contains(return 2)"),
        click(".modal .o_sync_confirm"),
        see(".o_form_view:not(:has(.o_sync_sign))"),
        openTab("secrets"),
        see(".o_data_row:contains(TOKEN):not(:contains(sesame))"),
        click(".o_data_row:contains(TOKEN) .o_sync_show_secret"),
        {
            content: "The dialog shows the value",
            trigger: ".modal .o_sync_secret_value:value(open sesame)",
        },
        click(".modal .btn-primary:contains(Close)"),
        see("body:not(:has(.modal))"),
    ],
});
