import { browser } from "@web/core/browser/browser";
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

const CODE = `def handle_webhook(httprequest):
    order = json.loads(httprequest.get_data())
    log("Order %s" % order["number"])
    return {"accepted": order["number"]}
`;

let copied;

registry.category("web_tour.tours").add("sync_webhook", {
    steps: () => [
        ...openApp(),
        click(".o_kanban_record:contains(Shop)"),
        ...addRecord("Add a task", "code"),
        fill("name", "Receive orders"),
        writeCode("code", CODE),
        openTab("triggers"),
        ...addRecord("Add a webhook trigger", "trigger_name"),
        fill("name", "Order placed"),
        ...save(),
        {
            content: "Copy the URL",
            trigger: ".o_field_widget[name=webhook_url] .o_clipboard_button",
            async run({ click }) {
                browser.navigator.clipboard.writeText = async (text) => {
                    copied = text;
                };
                await click();
            },
        },
        see(".o_popover:contains(Copied)"),
        {
            content: "Call the webhook as the shop would",
            trigger: ".o_form_view",
            async run() {
                const response = await fetch(copied, {
                    method: "POST",
                    body: JSON.stringify({ number: "SO-7" }),
                });
                const { accepted } = await response.json();
                if (response.status !== 200 || accepted !== "SO-7") {
                    throw new Error(`The webhook answered ${response.status}`);
                }
            },
        },
        click("button[name=action_open_logs]"),
        see(".o_data_row:contains(Data Received):contains(POST)"),
        see(".o_data_row:contains(Message):contains(Order SO-7)"),
        click(".o_data_row:contains(Data Received) .o_data_cell[name=summary]"),
        see('.o_field_widget[name=text]:contains("number": "SO-7")'),
        {
            content: "Copy the request as a command",
            trigger: ".o_field_widget[name=curl] button:contains(Copy as curl)",
            async run({ click }) {
                copied = "";
                await click();
            },
        },
        {
            content: "Go back to the logs",
            trigger: ".breadcrumb-item:last a",
            async run({ click }) {
                if (!copied.startsWith("curl http")) {
                    throw new Error(`Copied: ${copied}`);
                }
                await click();
            },
        },
        click(".o_data_row:contains(Data Sent) .o_data_cell[name=summary]"),
        see(".o_field_widget[name=text]:contains(200 OK)"),
    ],
});
