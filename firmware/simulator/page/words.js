// The page's words, in the language of the box, from the program that runs in it.
//
// data-word: the key of an element's text; data-label: the key of its name for screen readers.
let words = {};

export function word(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
export function tellWords({ language, words: told }) {
  words = told;
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", word(each.dataset.label));
}
