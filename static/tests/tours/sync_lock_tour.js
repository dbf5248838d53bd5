import { registry } from "@web/core/registry";
import { click, openApp, openTab, save, see } from "./tour_utils";

function toggle(key) {
    const line = `.o_data_row:contains(${key})`;
    return [
        click(`${line} td[name=key]`),
        click(`.o_selected_row .o_field_widget[name=locked] input`),
        see(`.o_selected_row .o_field_widget[name=locked]`),
    ];
}

registry.category("web_tour.tours").add("sync_lock_parameters", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        openTab("params"),
        ...toggle("ADDRESS"),
        ...save(),
        see(".o_data_row:contains(ADDRESS) [name=locked] input:checked"),
        ...toggle("OLD"),
        ...save(),
        see(".o_data_row:contains(OLD) [name=locked] input:not(:checked)"),
    ],
});
