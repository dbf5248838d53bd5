import { ActionHelper } from "@web/views/action_helper";

/** What an empty view says: what to do first, or that its filters let nothing through. */
export class SyncHelp extends ActionHelper {
    static template = "sync.Help";

    get isSearched() {
        return this.env.searchModel?.facets.length > 0;
    }

    get isPart() {
        return this.env.searchModel?.globalDomain.length > 0;
    }
}
