// What the box shows: the screen, PLAY's light, what it is doing and how loud.
import { keptDown } from "./hands.js";
import { word } from "./words.js";

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
// What is told, and whether a screen reader leaves it out: it must not read out every second.
const seen = (text) => ({ text, isSeenOnly: true });
const told = (text) => ({ text });

function resting({ cleaning_s: seconds }) {
  return seconds > 0 ? [told(word("cleaning")), seen(word("seconds_left", { seconds }))] : [told(word("silent"))];
}
function playing({ playlist, track, left_s: seconds }) {
  const what = [told(playlist ? word("playing_what", { playlist }) : word("playing"))];
  if (track) what.push(told(track));
  if (seconds > 0) what.push(told(word("minutes_left", { minutes: Math.ceil(seconds / 60) })));
  return what;
}
function statusOf(state) {
  if (state.power === false) return ["off", [told(word("no_power"))]];
  if (state.ready === false) return ["off", [told(word("starting"))]];
  const plays = state.playing && state.playing !== "silent";
  const all = plays ? playing(state) : resting(state);
  if (state.sound_card === false) all.push(told(word("no_sound_card")));
  if (state.network === false) all.push(told(word("no_network")));
  else if (state.linked === false) all.push(told(word("not_linked")));
  return [plays ? "sound" : "rest", all];
}
function spanOf({ text, isSeenOnly }) {
  const span = document.createElement("span");
  span.textContent = text;
  span.ariaHidden = Boolean(isSeenOnly);
  return span;
}
function tellStatus() {
  const [shape, all] = statusOf(said);
  const kept = keptDown().map((button) => button.toUpperCase());
  if (kept.length) all.push(told(word("held_down", { buttons: kept.join(" + ") })));
  const spans = all.map(spanOf);
  const text = spans.map((span) => span.textContent).join("");
  if ($("#status").dataset.shape === shape && $("#status").dataset.text === text) return;
  Object.assign($("#status").dataset, { shape, text });
  $("#status").replaceChildren(icon(shape), ...spans);
}
// For who hears the page: the screen itself is a drawing.
function tellScreen({ shown, power, ready }) {
  const isDark = power === false || ready === false || !said.screen?.plugged || !shown?.length;
  const text = isDark ? "" : word("on_screen", { words: shown.join(", ") });
  if ($("#shown").textContent !== text) $("#shown").textContent = text;
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
  const rounded = { level: Math.round(level) };
  const limit = word(night ? "night_limit" : "limit", { level: Math.round(highest) });
  const [first, then] = sounding
    ? [word("decibels", rounded), word("at_pillow", { limit })]
    : [word("volume_at", rounded), limit];
  meter.classList.toggle("sounds", Boolean(sounding));
  meter.setAttribute("aria-valuenow", sounding ? Math.round(level) : 0);
  meter.setAttribute("aria-valuetext", sounding ? `${first} ${then}` : `${word("silent")}. ${first} ${then}`);
  meter.querySelector("svg").replaceChildren(...LEVELS.map((each) => bar(each, level, highest)));
  meter.querySelector("b").textContent = first;
  meter.querySelector("span").textContent = then;
  setSlider("#volume", rounded.level, Math.max(rounded.level, Math.round(highest)), `${word("decibels", rounded)} ${limit}`);
}
function setSlider(knob, now, most, text) {
  const values = { "aria-valuenow": now, "aria-valuemax": most, "aria-valuetext": text };
  for (const [name, value] of Object.entries(values)) $(knob).setAttribute(name, value);
}
function tellChoice({ choose_name: name, choose_place: place, playlists }) {
  setSlider("#choose", place ?? 0, playlists?.length ?? 0, name ?? "");
}

export function tell(state) {
  said = state;
  if (state.name) document.title = $("#name").textContent = state.name;
  tellStatus();
  tellScreen(state);
  tellLevel(state);
  tellChoice(state);
}
export function tellLost() {
  $("#status").dataset.shape = "off";
  $("#status").replaceChildren(icon("off"), word("off"));
  delete $("#status").dataset.text; // what comes next is told again
  $("#shown").textContent = "";
}
