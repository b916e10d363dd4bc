// What the box shows: the screen, PLAY's light, what it is doing and how loud.
import { keptDown } from "./hands.js";

const LEVELS = Array.from({ length: 17 }, (_, place) => 32 + 2 * place); // dB(A), one bar a detent
const SVG = "http://www.w3.org/2000/svg";
const $ = (selector) => document.querySelector(selector);
let said = {}; // the last state received

export function drawScreen({ pixels, brightness }) {
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  const isLit = (x, y) => x < 128 && (bytes[y * 16 + (x >> 3)] >> (7 - (x & 7))) & 1;
  let runs = "";
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 128; x++) {
      if (!isLit(x, y)) continue;
      const from = x;
      while (isLit(x, y)) x++;
      runs += `M${from} ${y}h${x - from}v1h${from - x}z`;
    }
  }
  $("#pixels").setAttribute("d", runs);
  $("#pixels").setAttribute("opacity", brightness);
}

// The eye is not linear: a twentieth of the current looks like a fifth of the light.
export function drawLight(fraction) {
  for (const part of ["#light-on", "#light-spill"]) $(part).setAttribute("opacity", Math.sqrt(fraction).toFixed(3));
}

export function icon(name) {
  const made = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  made.setAttribute("class", "i");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  made.append(use);
  return made;
}
function resting({ cleaning_s: left }) {
  return left > 0 ? ["Cleaning, buttons off", `${left} s left`] : ["Silent"];
}
function words(state) {
  if (state.power === false) return ["off", ["No power"]];
  if (state.ready === false) return ["off", ["Starting"]];
  const plays = state.playing && state.playing !== "silent";
  const left = state.left_s > 0 ? `${Math.ceil(state.left_s / 60)} min left` : "";
  const told = plays ? [state.playlist ? `Playing ${state.playlist}` : "Playing", state.track, left] : resting(state);
  if (state.sound_card === false) told.push("no sound card");
  if (state.network === false) told.push("no network");
  else if (state.linked === false) told.push("not connected to the ward");
  return [plays ? "sound" : "rest", told.filter(Boolean)];
}
function tellStatus() {
  const [shape, told] = words(said);
  const kept = keptDown().map((button) => button.toUpperCase());
  if (kept.length) told.push(`${kept.join(" and ")} held down`);
  const spans = told.map((word) => {
    const span = document.createElement("span");
    span.textContent = word;
    span.ariaHidden = word.endsWith(" s left"); // a screen reader must not read out every second
    return span;
  });
  const text = spans.map((span) => span.textContent).join("");
  if ($("#status").dataset.shape === shape && $("#status").textContent === text) return;
  $("#status").dataset.shape = shape;
  $("#status").replaceChildren(icon(shape), ...spans);
}
document.addEventListener("kept", tellStatus);

function bar(level, now, cap) {
  const place = LEVELS.indexOf(level), x = place * 9 + 0.5, height = 6 + place * 1.05;
  const isOver = level > cap + 0.01;
  const made = document.createElementNS(SVG, isOver ? "circle" : "rect");
  const at = isOver ? { cx: x + 3, cy: 21.5, r: 1.5 } : { x, y: 23.5 - height, width: 6, height, rx: 1 };
  for (const [name, value] of Object.entries(at)) made.setAttribute(name, value.toFixed(2));
  made.setAttribute("class", level <= now + 0.01 ? "to" : "");
  return made;
}
function tellLevel({ power, ready, sounding, level_dba: level, cap_dba: cap, night }) {
  const meter = $("#meter");
  meter.hidden = !Number.isFinite(level) || power === false || ready === false;
  if (meter.hidden) return;
  const highest = Number.isFinite(cap) ? cap : 65;
  const number = `${Math.round(level)} dB`, limit = `(${night ? "night limit" : "limit"} ${Math.round(highest)})`;
  const [first, then] = sounding ? [number, `at the pillow ${limit}`] : [`Volume ${number}`, limit];
  meter.classList.toggle("sounds", Boolean(sounding));
  meter.setAttribute("aria-valuenow", sounding ? Math.round(level) : 0);
  meter.setAttribute("aria-valuetext", sounding ? `${first} ${then}` : `Silent. ${first} ${then}`);
  meter.querySelector("svg").replaceChildren(...LEVELS.map((each) => bar(each, level, highest)));
  meter.querySelector("b").textContent = first;
  meter.querySelector("span").textContent = then;
}

export function tell(state) {
  said = state;
  if (state.name) document.title = $("#name").textContent = state.name;
  tellStatus();
  tellLevel(state);
}
export function tellLost() {
  $("#status").dataset.shape = "off";
  $("#status").replaceChildren(icon("off"), "The box is off. This page reconnects when it is on.");
}
