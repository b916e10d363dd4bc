// What the server cannot do: keep the focus, say one sentence, show the labels that are ticked. Every page works without it.
"use strict";
(() => {
  const SAY_EACH_MS = 10000;
  const sayings = () => new Map([...document.querySelectorAll("[data-say]")].map((one) => [one.id, one.dataset.say]));
  let said = sayings();
  let changed = new Map();
  let saidAt = -SAY_EACH_MS;
  let timer = null;

  // One polite sentence at most in ten seconds, however many beds changed.
  const say = () => {
    timer = null;
    if (changed.size === 0) return;
    const sentences = [...changed.values()];
    const region = document.getElementById("said");
    region.textContent = sentences.length === 1 ? sentences[0] + "." :
      `${sentences.length} beds changed: ${sentences.map((one) => one.split(":")[0]).join(", ")}.`;
    changed = new Map();
    saidAt = performance.now();
  };
  const notice = () => {
    const now = sayings();
    now.forEach((sentence, id) => { if (said.has(id) && said.get(id) !== sentence) changed.set(id, sentence); });
    said = now;
    if (changed.size > 0 && timer === null) timer = setTimeout(say, Math.max(0, saidAt + SAY_EACH_MS - performance.now()));
  };

  // htmx gives focus back to the element with the same id; where that is gone (Stop, after the stop) its tile's link has it.
  let focused = null;
  const remember = () => {
    const one = document.activeElement;
    const part = one && one.closest("[data-say]");
    focused = part ? { id: one.id, part: part.id } : null;
  };
  const restore = () => {
    if (focused && document.activeElement === document.body && !document.getElementById(focused.id)) {
      const part = document.getElementById(focused.part);
      const next = part && (part.querySelector("a, button") || document.getElementById("main"));
      if (next) next.focus({ preventScroll: true });
    }
  };
  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("htmx:afterSettle", () => { restore(); notice(); });

  // The labels that the patient will see, beside the button that gives them.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "set") return;
    const ticked = new Set([...document.querySelectorAll("input[name=set]:checked")].map((one) => one.value));
    document.querySelectorAll("[data-chip]").forEach((chip) => { chip.hidden = !ticked.has(chip.dataset.chip); });
    document.getElementById("count").textContent = ticked.size;
    document.getElementById("count-word").textContent = ticked.size === 1 ? "set" : "sets";
  });

  // After 30 seconds only "Put back" stays.
  document.querySelectorAll("[data-gone-after]").forEach((bar) => setTimeout(() => {
    const held = bar.contains(document.activeElement);
    bar.remove();
    if (held) document.getElementById("put-back")?.focus();
  }, Number(bar.dataset.goneAfter) * 1000));
})();
