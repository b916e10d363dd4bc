// A screen on the wall that no server answers says so: nobody presses a button there who would notice.
"use strict";
(() => {
  const ANSWER_WITHIN_MS = 45000;
  const strip = document.getElementById("away");
  let answered = Date.now();
  document.addEventListener("answered", ({ detail }) => { if (detail < 400) answered = Date.now(); });
  setInterval(() => {
    const away = Date.now() - answered > ANSWER_WITHIN_MS;
    const since = new Date(answered).toTimeString().slice(0, 5);
    if (away && strip.hidden) strip.textContent = strip.dataset.words.replace("#", since);
    strip.hidden = !away;
  }, 5000);
})();
