import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { session } from "@web/session";

const PREFIX = "sync.draft:";
const LIFETIME = 7 * 24 * 3600 * 1000; // milliseconds
const MOST = 20; // drafts
const LONGEST = 200_000; // characters
const NEW = "new-";

/**
 * Texts of code that were typed and not saved, kept in the browser.
 *
 * What only Managers may see stays in its tab: on a shared machine, nobody finds it in
 * the browser later.
 */
class Drafts {
    /** Return the key of a record's field, for the user of this page. */
    key(record, fieldName) {
        const { resModel, resId, context } = record;
        const owner = context.default_project_id || context.default_task_id || "";
        const place = [session.db, user.userId, resModel, resId || NEW + owner];
        return PREFIX + [...place, fieldName].join(":");
    }

    /** Tell whether a draft of the field outlives its tab of the browser. */
    isLasting(fieldName) {
        return fieldName !== "protected_code";
    }

    /**
     * Return the draft to offer, and the key that it stands under. A page that is loaded
     * again has forgotten for which project or task it makes a new record.
     *
     * @returns {{ key: string, text: string, seen?: string, time: number } | undefined}
     */
    find(key) {
        const found = [key, ...this._keysOfSameNew(key)]
            .map((one) => ({ key: one, ...this.read(one) }))
            .filter(({ text }) => text !== undefined);
        const own = found.find((draft) => draft.key === key);
        return own || found.sort((a, b) => b.time - a.time)[0];
    }

    /** @returns {{ text: string, seen?: string, time: number } | undefined} */
    read(key) {
        const draft = this._parse(this._storage(key).getItem(key));
        return draft && draft.time > Date.now() - LIFETIME ? draft : undefined;
    }

    write(key, text, seen) {
        if (text.length > LONGEST) {
            return;
        }
        const storage = this._storage(key);
        this._tidy(storage, key);
        try {
            storage.setItem(key, JSON.stringify({ text, seen, time: Date.now() }));
        } catch {
            // A browser without space, or that keeps nothing: then there is no draft.
        }
    }

    remove(key) {
        this._storage(key).removeItem(key);
    }

    _keysOfSameNew(key) {
        const place = key.split(":").at(-2);
        if (!place.startsWith(NEW)) {
            return [];
        }
        const [start, end] = key.split(`:${place}:`);
        const placeless = `${start}:${NEW}:${end}`;
        if (key !== placeless) {
            return [placeless];
        }
        const isSame = (other) =>
            other.startsWith(`${start}:${NEW}`) && other.endsWith(`:${end}`);
        return Object.keys(this._storage(key)).filter(isSame);
    }

    _storage(key) {
        const fieldName = key.split(":").at(-1);
        return this.isLasting(fieldName) ? browser.localStorage : browser.sessionStorage;
    }

    /** Make room for one more: forget what is too old or too much, whoever wrote it. */
    _tidy(storage, key) {
        const times = [];
        for (const other of Object.keys(storage)) {
            if (other.startsWith(PREFIX) && other !== key) {
                times.push([this._parse(storage.getItem(other))?.time || 0, other]);
            }
        }
        times.sort(([a], [b]) => b - a);
        const oldest = Date.now() - LIFETIME;
        times.forEach(([time, other], index) => {
            if (time < oldest || index >= MOST - 1) {
                storage.removeItem(other);
            }
        });
    }

    _parse(text) {
        try {
            return JSON.parse(text) || undefined;
        } catch {
            return undefined;
        }
    }
}

export const drafts = new Drafts();
