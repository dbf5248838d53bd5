import { registry } from "@web/core/registry";
import { click, openApp, openMenu, see } from "./tour_utils";

function search(text) {
    return [
        {
            content: `Search for ${text}`,
            trigger: ".o_searchview_input",
            run: `edit ${text}`,
        },
        { content: "Go", trigger: ".o_searchview_input", run: "press Enter" },
    ];
}

registry.category("web_tour.tours").add("sync_read_lists", {
    steps: () => [
        ...openApp(),
        openMenu("job"),
        see(".o_data_row:contains(Done)"),
        ...search("no such project"),
        see(".o_nocontent_help:contains(Nothing matches)"),
        see(".o_nocontent_help:not(:contains(No task has run yet))"),
        openMenu("log"),
        see(".o_data_row:first:contains(third)"),
        click(".o_searchview_dropdown_toggler"),
        click(".o_group_by_menu .o_menu_item:contains(/^Job$/)"),
        click(".o_group_header:contains(Job)"),
        see(".o_group_header + .o_data_row:contains(first)"),
        openMenu("log", "All logs, the newest first again"),
        click(".o_data_row:contains(first) .o_data_cell[name=summary]"),
        click("button[name=action_open_job]"),
        click("button[name=action_open_logs]"),
        see(".o_list_view .o_data_row:first:contains(first)"),
        openMenu("project"),
        click(".o_kanban_record:contains(Shop)"),
        see(".o_form_view:not(:has(.o_cp_action_menus))", "Nothing to archive with"),
    ],
});
