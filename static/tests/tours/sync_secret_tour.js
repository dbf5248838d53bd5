import { registry } from "@web/core/registry";
import { click, openApp, openTab, save, see, writeCode } from "./tour_utils";

function cell(name, text) {
    return {
        content: `Type the secret's ${name}`,
        trigger: `.o_selected_row .o_field_widget[name=${name}] input`,
        run: `edit ${text}`,
    };
}

registry.category("web_tour.tours").add("sync_set_secret", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        openTab("protected_code"),
        writeCode("protected_code", "def ask():\n    return secrets.TOKEN\n"),
        openTab("secrets"),
        click(".o_field_x2many_list_row_add a:contains(Add a secret)"),
        cell("key", "TOKEN"),
        see(".o_selected_row .o_field_widget[name=value] input[type=password]"),
        cell("value", "open sesame"),
        ...save(),
        see(".o_data_row:contains(TOKEN) [name=is_set] input:checked"),
        see(".o_data_row:contains(TOKEN):not(:contains(sesame))"),
    ],
});
