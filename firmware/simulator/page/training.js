// The training drawer beside the box: its clock and its faults. It shows only what the box reports.
import { icon } from "./looks.js";

const KEYS = { power: "power", screen: "screen", sound: "sound_card", network: "network", nurse_call: "nurse_call" };
const PULLED = {
  in: ["in", "Connected", "Disconnect"], out: ["out", "Disconnected", "Connect"],
  open: ["open", "Off", "Press"], closed: ["closed", "On", "Reset"],
};
const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
let said = {}; // the last state received

// -- faults

function isIn(part) {
  return part === "screen" ? said.screen.plugged : said[KEYS[part]];
}
function isOffered(part) {
  return part === "nurse_call" || part === "screen" || (said.training && typeof isIn(part) === "boolean");
}
function tellPlug(control) {
  const part = control.dataset.plug, on = isIn(part);
  const [shape, state, act] = PULLED[part === "nurse_call" ? (on ? "closed" : "open") : on ? "in" : "out"];
  (control.closest("#plugs li") ?? control).hidden = !isOffered(part);
  if (control.getAttribute("role") !== "switch") {
    control.textContent = on ? "Disconnect the network" : "Connect the network";
    return;
  }
  control.setAttribute("aria-checked", on);
  control.classList.toggle("out", on === (part === "nurse_call"));
  control.querySelector("use").setAttribute("href", `#i-${shape}`);
  control.querySelector("span").textContent = state;
  control.querySelector("em").textContent = act;
}
function plugPath(part) {
  return part === "nurse_call" ? `/nurse_call?active=${!isIn(part)}` : `/plug?part=${part}&in=${!isIn(part)}`;
}

// -- clock

function day(local) {
  const words = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", words).format(new Date(`${local.slice(0, 10)}T12:00Z`)).replace(",", "");
}
function how() {
  if (!said.clock) return ["unknown", "Clock not set: night limits apply"];
  return said.clock_moved ? ["moved", "Changed"] : ["real", "Actual time"];
}
function tellClock() {
  const [shape, word] = how();
  $("#clock-now .time").textContent = said.clock ? said.clock.slice(11, 16) : "\u2013:\u2013";
  $("#clock-now .day").textContent = said.clock ? day(said.clock) : "";
  const told = [word, said.zone, said.night ? "night" : "day"].filter(Boolean).join(", ");
  if ($("#clock-now .how").textContent !== told) $("#clock-now .how").replaceChildren(icon(shape), told);
  $('[data-clock="real"]').setAttribute("aria-pressed", shape === "real");
  $('[data-clock="unknown"]').setAttribute("aria-pressed", shape === "unknown");
}
function tellChange(control) {
  const at = said.clock_changes[Number(control.dataset.change)];
  control.hidden = !at;
  if (!at) return;
  const month = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  control.querySelector("span").textContent = `${month.format(new Date(`${at.slice(0, 10)}T12:00Z`))}, ${at.slice(11, 16)}`;
}
function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}
// What to ask for, in order: a clock that is changed or shows the actual time counts as set, whatever it was.
function clockPaths(wanted) {
  if (wanted === "unknown") return ["/clock?known=false"];
  const to = wanted.startsWith("T") ? (said.clock ?? today()).slice(0, 10) + wanted : wanted;
  return ["/clock?known=true", `/clock?to=${to}`];
}

// -- both

export function tellTraining(state) {
  said = state;
  all("[data-plug]").forEach(tellPlug);
  const hasClock = state.training && "clock" in state;
  $("#clock").hidden = !hasClock;
  all("#exercises [data-clock]").forEach((control) => (control.hidden = !hasClock));
  if (!hasClock) return;
  tellClock();
  all("[data-change]").forEach(tellChange);
}

export function armTraining(send) {
  for (const control of all("[data-plug]")) control.addEventListener("click", () => send(plugPath(control.dataset.plug)));
  const go = (wanted) => clockPaths(wanted).forEach(send);
  for (const control of all("[data-clock]")) control.addEventListener("click", () => go(control.dataset.clock));
  for (const control of all("[data-change]")) {
    control.addEventListener("click", () => go(said.clock_changes[Number(control.dataset.change)]));
  }
  $("#clock-form").addEventListener("submit", (event) => {
    event.preventDefault();
    go(`T${$("#clock-time").value}`);
  });
  $("#training-toggle").addEventListener("click", () => {
    const isOpen = !$("#training").classList.toggle("shut");
    $("#training-body").hidden = !isOpen;
    $("#training-toggle").setAttribute("aria-expanded", isOpen);
    $("#training-toggle span").textContent = isOpen ? "Hide" : "Show";
  });
}
