// A password can be read while it is typed. Without this the box to tick stays hidden.
"use strict";
document.querySelectorAll("[data-reveals]").forEach((box) => {
  const field = document.getElementById(box.dataset.reveals);
  box.closest("[hidden]").hidden = false;
  box.checked = false;
  box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
  field.form.addEventListener("submit", () => { field.type = "password"; });
});
