import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";

// Milliseconds. Most jobs end within a second; nobody watches a long one for each.
const FIRST = 300;
const LONGEST = 3000;
const GROWTH = 1.3;

/**
 * Look at something again and again, ever less often, until `look()` says that this is
 * enough. While the page is hidden, nothing is asked.
 *
 * @param {() => Promise<boolean>} look returns whether to stop
 * @returns {() => void} a function that stops it
 */
export function keepLooking(look) {
    let wait = FIRST;
    let timer;
    let isStopped = false;

    function plan() {
        if (!isStopped) {
            timer = browser.setTimeout(lookAgain, wait);
            wait = Math.min(wait * GROWTH, LONGEST);
        }
    }

    async function lookAgain() {
        if (document.hidden) {
            document.addEventListener("visibilitychange", lookAgain, { once: true });
            return;
        }
        if (!(await tryToLook())) {
            plan();
        }
    }

    async function tryToLook() {
        try {
            return await look();
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                wait = LONGEST;
                return false;
            }
            // What can't be read any more isn't worth a message that nobody asked for.
            return true;
        }
    }

    plan();
    return () => {
        isStopped = true;
        browser.clearTimeout(timer);
        document.removeEventListener("visibilitychange", lookAgain);
    };
}
