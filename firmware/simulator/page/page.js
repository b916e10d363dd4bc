// The panel in the browser: hands in, light out. It decides nothing; the box does.
"use strict";

const DEGREES_PER_DETENT = 15; // 24 detents a turn, as the real knobs have
const WHEEL_PER_DETENT = 40; // pixels of wheel or trackpad
const KEY_BUTTONS = { p: "play", s: "sleep", n: "next", c: "choose" };
const KEY_TURNS = {
  ArrowUp: ["volume", 1], ArrowDown: ["volume", -1], ArrowRight: ["choose", 1], ArrowLeft: ["choose", -1],
};

const $ = (selector) => document.querySelector(selector);
const svg = $("#box svg");

// -- to the box, in the order of the hands: a release must not overtake its press

let sending = Promise.resolve();
function send(path) {
  sending = sending.then(() => fetch(path, { method: "POST" })).then(tellRefusal, () => {});
}
async function tellRefusal(answer) {
  if (!answer.ok) console.warn(await answer.text());
}

// -- buttons

const down = new Set();
function marked(button) {
  return svg.querySelector(`[data-button="${button}"]`);
}
function hold(button) {
  if (down.has(button)) return;
  down.add(button);
  marked(button).classList.add("down");
  send(`/hold?button=${button}`);
}
function release(button) {
  if (!down.delete(button)) return;
  marked(button).classList.remove("down");
  send(`/release?button=${button}`);
}
function releaseAll() {
  [...down].forEach(release);
}

for (const part of document.querySelectorAll("[data-button]")) {
  const button = part.dataset.button;
  part.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.stopPropagation(); // CHOOSE's hollow lies on a knob that turns
    part.setPointerCapture(event.pointerId);
    hold(button);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) part.addEventListener(end, () => release(button));
  part.addEventListener("contextmenu", (event) => event.preventDefault());
}
window.addEventListener("blur", releaseAll);
window.addEventListener("pagehide", () => [...down].forEach((button) => navigator.sendBeacon(`/release?button=${button}`)));

// -- knobs

const angles = { volume: 0, choose: 0 };
const owed = { volume: 0, choose: 0 };
let isTurning = false;

function turn(knob, steps) {
  if (!steps) return;
  angles[knob] += steps * DEGREES_PER_DETENT;
  $(`#${knob}-turns`).style.transform = `rotate(${angles[knob]}deg)`;
  owed[knob] += steps;
  if (!isTurning) payTurns();
}
// While one request is on its way, further detents gather: a spun wheel must not queue up behind itself.
async function payTurns() {
  isTurning = true;
  for (let knob; (knob = Object.keys(owed).find((each) => owed[each])); ) {
    const steps = Math.max(-48, Math.min(48, owed[knob]));
    owed[knob] -= steps;
    send(`/turn?knob=${knob}&steps=${steps}`);
    await sending;
  }
  isTurning = false;
}

function angleAt(part, event) {
  const face = part.querySelector("circle:last-of-type, path").getBoundingClientRect();
  return Math.atan2(event.clientY - (face.top + face.height / 2), event.clientX - (face.left + face.width / 2)) * (180 / Math.PI);
}
function arm(part) {
  const knob = part.dataset.knob;
  let at = null, gathered = 0, moved = false, wheel = 0;
  part.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    part.setPointerCapture(event.pointerId);
    part.classList.add("turning");
    [at, gathered, moved] = [angleAt(part, event), 0, false];
  });
  part.addEventListener("pointermove", (event) => {
    if (at === null) return;
    const now = angleAt(part, event);
    gathered += ((now - at + 540) % 360) - 180;
    at = now;
    const steps = Math.trunc(gathered / DEGREES_PER_DETENT);
    gathered -= steps * DEGREES_PER_DETENT;
    moved = moved || steps !== 0;
    turn(knob, steps);
  });
  part.addEventListener("pointerup", (event) => {
    if (at !== null && !moved) turn(knob, Math.abs(angleAt(part, event)) > 90 ? -1 : 1);
  });
  part.addEventListener("lostpointercapture", () => {
    at = null;
    part.classList.remove("turning");
  });
  part.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_PER_DETENT;
    wheel -= pixels || event.deltaX;
    const steps = Math.trunc(wheel / WHEEL_PER_DETENT);
    wheel -= steps * WHEEL_PER_DETENT;
    turn(knob, steps);
  }, { passive: false });
}
document.querySelectorAll("[data-knob]").forEach(arm);
for (const key of document.querySelectorAll("[data-turn]")) {
  key.addEventListener("click", () => turn(key.dataset.turn, Number(key.dataset.steps)));
}

// -- keyboard

function keyButton(event) {
  if (event.key === "Enter" || event.key === " ") return document.activeElement?.dataset?.button;
  return KEY_BUTTONS[event.key.toLowerCase()];
}
function keyTurn(event) {
  const [knob, steps] = KEY_TURNS[event.key] ?? [];
  const focused = document.activeElement?.dataset?.knob;
  return focused ? [focused, steps] : [knob, steps];
}
window.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const button = keyButton(event), [knob, steps] = keyTurn(event);
  if (!button && !steps) return;
  event.preventDefault();
  if (steps) turn(knob, steps);
  else if (!event.repeat) hold(button);
});
window.addEventListener("keyup", (event) => {
  const button = keyButton(event);
  if (button) release(button);
});

// -- from the box

function drawGlass({ pixels, brightness }) {
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

function minutes(seconds) {
  return `${Math.ceil(seconds / 60)} min left`;
}
function words(state) {
  if (state.ready === false) return ["Getting ready"];
  const plays = state.playing && state.playing !== "silent";
  const level = Number.isFinite(state.level_dba) ? `${Math.round(state.level_dba)} dBA` : "";
  const said = plays
    ? [state.set ? `Plays ${state.set}` : "Plays", state.piece, level, state.left_s > 0 ? minutes(state.left_s) : ""]
    : ["Silent", level ? `set to ${level}` : ""];
  if (state.linked === false) said.push("no link to the ward");
  return said.filter(Boolean);
}
function tell(state) {
  if (state.name) document.title = $("#name").textContent = state.name;
  const spans = words(state).map((word, place) => {
    const span = document.createElement("span");
    span.textContent = word;
    span.className = place ? "quiet" : "";
    return span;
  });
  if ($("#status").textContent !== spans.map((span) => span.textContent).join("")) $("#status").replaceChildren(...spans);
}

function listen() {
  const live = new EventSource("/live");
  const on = (kind, act) => live.addEventListener(kind, (event) => act(JSON.parse(event.data)));
  on("glass", drawGlass);
  on("light", (fraction) => $("#light-on").setAttribute("opacity", fraction));
  on("state", tell);
  live.addEventListener("open", () => document.body.classList.remove("lost"));
  live.addEventListener("error", () => {
    document.body.classList.add("lost");
    $("#status").textContent = "The box has been switched off; this page waits for it.";
  });
}

// A ring around what has the focus: an outline would box the part with its shadow. [x, y, width, height, corner]
const RINGS = {
  volume: [117, 26.5, 33, 33, 16.5], choose: [229.5, 26, 34, 34, 17], "choose-push": [237.5, 34, 18, 18, 9],
  sleep: [110, 79.5, 43, 46, 12], play: [159.5, 73, 61, 61, 30.5], next: [223.5, 80, 46.5, 47, 10],
};
for (const [id, [x, y, width, height, rx]] of Object.entries(RINGS)) {
  const ring = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x, y, width, height, rx, class: "ring" })) ring.setAttribute(name, value);
  svg.getElementById(id).append(ring);
}
for (const part of svg.querySelectorAll("[data-knob]")) {
  part.setAttribute("tabindex", "0");
  part.setAttribute("aria-describedby", "help");
}
listen();
