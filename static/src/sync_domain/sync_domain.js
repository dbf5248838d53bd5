import { registry } from "@web/core/registry";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

/**
 * A filter that may concern records which its author has no right to read: a
 * Developer writes triggers for models of any application.
 */
export class SyncDomainField extends DomainField {
    static template = "sync.DomainField";

    setup() {
        super.setup();
        this.state.isHidden = false;
    }

    async checkProps(props = this.props) {
        await super.checkProps(props);
        this.state.isHidden =
            this.state.isValid === false && (await this.quickValidityCheck(props));
    }
}

registry.category("fields").add("sync_domain", {
    ...domainField,
    component: SyncDomainField,
});
