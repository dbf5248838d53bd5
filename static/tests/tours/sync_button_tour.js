import { registry } from "@web/core/registry";
import {
    addRecord,
    click,
    fill,
    openApp,
    openTab,
    save,
    see,
    writeCode,
} from "./tour_utils";

const CODE = `def handle_button(data):
    log("Hello %s from %s" % (data["who"], TRIGGER_NAME))
`;

registry.category("web_tour.tours").add("sync_write_project", {
    steps: () => [
        ...openApp(),
        click(".o-kanban-button-new"),
        fill("name", "Greetings"),
        ...addRecord("Add a task", "code"),
        fill("name", "Greet"),
        writeCode("code", CODE),
        openTab("triggers"),
        ...addRecord("Add a button trigger", "trigger_name"),
        fill("name", "Say hello"),
        writeCode("data", "who: world"),
        ...save(),
        see(".o_field_widget[name=trigger_name] input:value(SAY_HELLO)"),
        click(".o_statusbar_buttons button[name=action_run_now]"),
        see(".o_notification:contains(The job is queued)"),
        see("button[name=action_open_jobs] .o_stat_value:contains(1)"),
    ],
});

registry.category("web_tour.tours").add("sync_read_log", {
    steps: () => [
        ...openApp(),
        see(".o_kanban_record:contains(Greetings) .badge:contains(Done)"),
        click(".o_kanban_record:contains(Greetings)"),
        click("button[name=action_open_logs]"),
        click(".o_data_cell:contains(Hello world from SAY_HELLO)"),
        see(".o_field_widget[name=message]:contains(Hello world from SAY_HELLO)"),
        click("button[name=action_open_job]"),
        see(".o_statusbar_status .o_arrow_button_current:contains(Done)"),
    ],
});
