// A part of a page that finds its session over loads the whole page anew, and what was typed there would be gone. It is
// handed to the server first, which keeps it for whoever typed it and sends nothing (ward.people.keeping).
"use strict";
(() => {
  let isLeaving = false;
  const isChanged = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return /^(TEXTAREA|INPUT)$/.test(field.tagName) && field.type !== "hidden" && field.value !== field.defaultValue;
  };
  const isTyped = (form) =>
    form.method === "post" && Boolean(form.elements.namedItem("whose")) && [...form.elements].some(isChanged);
  const marked = (form) => {
    const only = document.createElement("input");
    Object.assign(only, { type: "hidden", name: "keep", value: "only" });
    form.append(only);
    return form;
  };
  // The last one leads to the log-in, where the page says what is kept.
  const keep = async (forms) => {
    const last = forms.pop();
    await Promise.allSettled(forms.map(marked).map((form) =>
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" })));
    HTMLFormElement.prototype.submit.call(marked(last));
  };
  const leave = (event) => {
    const forms = [...document.forms].filter(isTyped);
    if (forms.length === 0 && !isLeaving) return;
    event.preventDefault();
    if (!isLeaving) keep(forms);
    isLeaving = true;
  };
  document.addEventListener("page-over", leave);
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Refresh") === "true") leave(event);
  });
})();
