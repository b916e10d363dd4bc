// Set-up: says how many fields differ from what is saved. Without it the page works the same.
"use strict";
(() => {
  const said = document.getElementById("unsaved");
  const form = document.getElementById("setup");
  if (!said || !form) return;
  const differs = (field) => {
    if (field.type === "hidden" || !field.name) return false;
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return field.value !== field.defaultValue;
  };
  const count = () => {
    const number = [...form.elements].filter(differs).length;
    const words = number === 1 ? said.dataset.one : said.dataset.many.replace("#", String(number));
    const line = number === 0 ? "" : words;
    if (said.textContent !== line) said.textContent = line;
  };
  form.addEventListener("input", count);
})();
