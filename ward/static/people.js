// Shared desks: the page covers itself when nobody touches it, and stays as it was beneath. Every form works without it.
"use strict";
(() => {
  const PING_EACH_MS = 60000;
  const LOOK_EACH_MS = 1000;
  const ONE_TRY_MS = 1000;
  const address = document.currentScript.dataset.here;
  const cover = document.getElementById("cover");
  const csrf = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const post = (to) => fetch(to, { method: "POST", headers: { "X-CSRFToken": csrf(), "HX-Request": "true" } });
  const lockAfter = cover ? Number(cover.dataset.lockAfter) * 1000 : Infinity;
  let touched = Date.now();
  let told = touched;
  let before = null;

  const load = () => htmx.ajax("GET", cover.dataset.panel, { target: "#desk-panel", swap: "innerHTML" });
  const lock = (tell) => {
    if (!cover || cover.open) return;
    before = document.activeElement;
    cover.showModal();
    (tell ? post(cover.dataset.lock) : Promise.resolve()).then(load, () => {});
  };
  const look = () => {
    const now = Date.now();
    if (cover?.open) return;
    if (now - touched >= lockAfter) { lock(true); return; }
    if (address && touched > told && now - told >= PING_EACH_MS) {
      told = now;
      post(address).then((answer) => { if (answer.status === 423) lock(false); }, () => {});
    }
  };
  ["pointerdown", "keydown", "input", "wheel"].forEach((kind) =>
    document.addEventListener(kind, () => { if (!cover?.open) touched = Date.now(); }, { passive: true, capture: true }));
  setInterval(look, LOOK_EACH_MS);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status === 423) lock(false); });
  document.addEventListener("answered", (event) => { if (event.detail === 423) lock(false); });
  document.addEventListener("desk-open", () => {
    if (!cover) return;
    cover.close();
    document.getElementById("desk-panel").replaceChildren();
    touched = told = Date.now();
    before?.focus({ preventScroll: true });
  });
  cover?.addEventListener("cancel", (event) => event.preventDefault());

  // One tap on the initials, chosen already or not, six digits, and nothing more to press. Arrow keys only choose.
  document.addEventListener("click", (event) => {
    if (event.target.name === "who" && event.detail > 0) event.target.form.elements.pin.focus();
  });
  document.addEventListener("input", (event) => {
    const pin = event.target;
    if (pin.name !== "pin" || !pin.classList.contains("pin") || !/^[0-9]{6}$/.test(pin.value)) return;
    if (pin.form.querySelector("input[name=who]:checked")) pin.form.requestSubmit(pin.form.querySelector("[value=pin]"));
  });
  // Enter after the sixth digit must not count as a second try.
  let sentAt = -Infinity;
  document.addEventListener("submit", (event) => {
    if (!event.target.querySelector("input.pin")) return;
    if (performance.now() - sentAt >= ONE_TRY_MS) {
      sentAt = performance.now();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "desk-panel") event.target.querySelector("[autofocus]")?.focus();
  });
})();
