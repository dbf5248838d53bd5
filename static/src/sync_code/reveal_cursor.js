import { closestScrollableY } from "@web/core/utils/scrolling";

/**
 * Scroll the page to the cursor, if it can't be seen. Ace scrolls its text only, and a
 * text of less than 200 lines is as long as its editor, longer than the page.
 *
 * @param {object} editor
 * @param {number} top where the page begins to show the text, in pixels of the window
 */
export function revealCursor(editor, top) {
    const page = closestScrollableY(editor.container);
    if (!page) {
        return;
    }
    const { row, column } = editor.getCursorPosition();
    // Ace would move its text with the next frame: too late to know where the cursor is.
    editor.renderer.updateFull(true);
    const y = editor.renderer.textToScreenCoordinates(row, column).pageY;
    const { bottom } = page.getBoundingClientRect();
    if (y < top || y + editor.renderer.lineHeight > bottom) {
        page.scrollTop += y - (top + bottom) / 2;
    }
}
