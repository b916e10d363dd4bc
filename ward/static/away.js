// A page that no server answers says so, and what it shows turns pale: it may have changed meanwhile.
"use strict";
(() => {
  const SAID_AFTER_MS = 10000;  // a restart of the server is shorter
  const strip = document.getElementById("away");
  let answered = Date.now();
  let isFailing = false;
  const show = () => {
    const away = isFailing && Date.now() - answered > SAID_AFTER_MS;
    if (away === !strip.hidden) return;
    const since = new Date(answered).toTimeString().slice(0, 5);
    strip.querySelector("span").textContent = away ? strip.dataset.words.replace("#", since) : "";
    strip.hidden = !away;
    document.documentElement.classList.toggle("away", away);
  };
  document.addEventListener("answered", ({ detail }) => {
    isFailing = detail >= 500;
    if (!isFailing) answered = Date.now();
    show();
  });
  document.addEventListener("unanswered", () => {
    isFailing = true;
    show();
  });
  setInterval(show, 2000);
})();
