/**
 * Small moves on the document that every part of the page makes.
 */

/**
 * The element with this id, which the page is known to have.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

/**
 * A new element with a class and text: text only, so that nothing a visitor wrote is ever read as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

/** @param {Element} parent @param {string} icon a name from the page's sprite */
export function setIcon(parent, icon) {
  parent.querySelector('use')?.setAttribute('href', `#icon-${icon}`);
}

/** Lets keys scroll a list that is longer than its box, in engines that do not do so by themselves. @param {HTMLElement} list */
export function scrollByKeys(list) {
  list.tabIndex = 0;
}

/** Sets text only where it differs, so that screen readers hear changes alone. @param {Element} target @param {string} text */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** The value of a custom property in the theme that is shown. @param {string} name */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
