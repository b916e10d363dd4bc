// A press that no server answers says so within three seconds, and is not carried out later: it bears its time.
"use strict";
(() => {
  const ANSWER_WITHIN_MS = 3000;
  const READ_MS = 5000;
  const region = document.getElementById("unanswered");
  // The page was made a moment before its first byte came; styles and scripts may take longer than a press waits. Some
  // pages have no such time: then since they were asked for, which makes a press later than it was, and no refusal wrong.
  const first = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  const began = { server: Number(region.dataset.now), wall: performance.timeOrigin + first, run: first };

  // By the server's clock. A wall clock may be put right meanwhile, and the other one stands still while a tablet sleeps.
  const now = () => Math.round(began.server + Math.max(Date.now() - began.wall, performance.now() - began.run));
  let hides = null;
  const tell = (isUnanswered) => {
    clearTimeout(hides);
    region.hidden = !isUnanswered;
    region.querySelector("span").textContent = isUnanswered ? region.dataset.words : "";
  };
  // A password is slow to look at by design, and who logs in has pressed nothing at a bed.
  const isLogIn = (form) => Boolean(form.querySelector?.("[type=password]"));
  const isPress = ({ target, detail }) => detail.requestConfig?.verb === "post" && !isLogIn(target);

  document.addEventListener("formdata", ({ target, formData }) => {  // of htmx's requests, too
    if (target.method === "post" && !isLogIn(target)) formData.set("pressed", now());
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPress(event)) event.detail.xhr.timeout = ANSWER_WITHIN_MS;
  });
  ["htmx:timeout", "htmx:sendError", "htmx:responseError"].forEach((kind) => document.addEventListener(kind, (event) => {
    const { status } = event.detail.xhr;
    if (isPress(event) && (status === 0 || status >= 400)) tell(true);
  }));
  // Whatever is answered after that shows what is true now; the sentence stays as long as it takes to read it.
  document.addEventListener("htmx:afterOnLoad", (event) => {  // it comes after a refusal, too
    if (isPress(event) && event.detail.xhr.status < 400) tell(false);
  });
  document.addEventListener("answered", (event) => {
    if (event.detail < 300 && !region.hidden) hides = setTimeout(() => tell(false), READ_MS);
  });

  // A form that leads to another page: the browser would wait for minutes, and send it whenever the server comes back.
  let timer = null;
  window.addEventListener("pagehide", () => clearTimeout(timer));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || isLogIn(form) || form.hasAttribute("hx-post")) return;
    clearTimeout(timer);
    timer = setTimeout(() => { window.stop(); tell(true); }, ANSWER_WITHIN_MS);
  });
})();
