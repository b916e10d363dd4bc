// The parts of a page (a tile, a bed's card) never leave it: news names a bed, and each part that follows it is queued once.
// The queue fetches a few parts at a time, and again with growing waits while no server answers (queue.js).
// An answer fills the insides of its parts (fill.js), unless what was asked later has filled them already: newest wins.
//
// data-fetch: where a part is fetched; one without it comes with the page's #updated. data-news: what it follows.
// data-each-s, data-again-s: after how many seconds it is fetched, each time or once more.
import { fill } from "./fill.js";
import { Queue } from "./queue.js";

const ANSWER_WITHIN_MS = 15000;
const AWAY = [502, 503, 504];  // 500 is a fault of ours, which asking at once would not help
const timers = new WeakMap();
const filledBy = new WeakMap();  // a part, and the number of the request that filled it
const begun = new WeakMap();  // a press, and its number
let requests = 0;

const source = (part) => (part.dataset.fetch ? part.id : "updated");
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));

// The server answers only with what the page does not show yet.
const address = (part) => {
  const url = new URL(part.dataset.fetch, location.href);
  const own = part.querySelectorAll("[name=seen]");
  (own.length ? own : document.querySelectorAll("[name=seen]")).forEach((one) => url.searchParams.append("seen", one.value));
  return url;
};

const plan = (part) => {
  clearTimeout(timers.get(part));
  const { againS } = part.dataset;
  if (againS) timers.set(part, setTimeout(() => queue.want(source(part)), againS * 1000));
};

const fillPart = (fresh, request) => {
  const part = document.getElementById(fresh.id);
  if (!part) return;
  if (request < (filledBy.get(part) ?? 0)) {
    queue.want(source(part));  // overtaken; what it would have told may still be missing
    return;
  }
  filledBy.set(part, request);
  fill(part, fresh);
  htmx.process(part);
  plan(part);
};

const show = (text, request) => {
  const { body } = new DOMParser().parseFromString(text, "text/html");
  [...body.children].forEach((fresh) => fillPart(fresh, request));
};

// What cannot be shown is a mistake of ours, no server that is away: asking again would bring the same.
const showOrSay = (text, request) => {
  try {
    show(text, request);
  } catch (error) {
    console.error(error);
  }
};

// A form on its way leads to a page of its own, which says what was done: to load this one again would cancel that.
let sentAt = -Infinity;
document.addEventListener("submit", (event) => setTimeout(() => { if (!event.defaultPrevented) sentAt = performance.now(); }));
const isLeaving = () => performance.now() - sentAt < ANSWER_WITHIN_MS;

const fetchPart = async (id) => {
  const part = document.getElementById(id);
  if (part === null) return;  // it was taken out meanwhile
  const request = ++requests;
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  const answer = await fetch(address(part), { headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (AWAY.includes(answer.status)) throw new Error(`${answer.status}`);
  const text = await answer.text();
  if (answer.headers.has("HX-Refresh")) {
    if (!isLeaving() && tell("page-over")) location.reload();
    return;
  }
  if (answer.ok) showOrSay(text, request);
  tell("answered", answer.status);
};

const queue = new Queue(async (id) => {
  try {
    await fetchPart(id);
  } catch (error) {
    tell("unanswered");
    throw error;
  }
});
document.addEventListener("news", ({ detail }) => {
  document.querySelectorAll(`[data-news~="${CSS.escape(detail)}"]`).forEach((part) => queue.want(part.id));
});
document.querySelectorAll("[data-again-s]").forEach(plan);
document.querySelectorAll("[data-each-s]").forEach((part) => setInterval(() => queue.want(part.id), part.dataset.eachS * 1000));

// A press is sent by htmx, and its answer fills parts as any other. htmx itself must swap nothing: it looks up how when the
// button that was pressed may have gone already.
document.addEventListener("htmx:beforeRequest", ({ detail }) => begun.set(detail.xhr, ++requests));
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  if (!detail.shouldSwap || !target.matches("[hx-swap=none]")) return;
  detail.shouldSwap = false;
  showOrSay(detail.xhr.responseText, begun.get(detail.xhr));
  tell("answered", detail.xhr.status);
});
