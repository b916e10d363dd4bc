// Hands on the box: mouse, fingers and keys press its buttons and turn its knobs.

const DEGREES_PER_DETENT = 15; // 24 detents a turn, as the real knobs have
const WHEEL_PER_DETENT = 40; // pixels of wheel or trackpad
const KEY_BUTTONS = { p: "play", s: "sleep", n: "next", c: "choose" };
const KEY_TURNS = {
  ArrowUp: ["volume", 1], ArrowDown: ["volume", -1], ArrowRight: ["choose", 1], ArrowLeft: ["choose", -1],
};
const SVG = "http://www.w3.org/2000/svg";
// Focus rings, a little larger than their controls: [x, y, width, height, corner]
const RINGS = {
  volume: [117, 26.5, 33, 33, 16.5], choose: [229.5, 26, 34, 34, 17], "choose-push": [237.5, 34, 18, 18, 9],
  sleep: [110, 79.5, 43, 46, 12], play: [159.5, 73, 61, 61, 30.5], next: [223.5, 80, 46.5, 47, 10],
};
const TAGS = { sleep: [131, 79], play: [190, 73], next: [246.5, 79], choose: [246.5, 27] };

const svg = document.querySelector("#box svg");

function shape(kind, attributes) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// -- requests to the box, in order: a release must not overtake its press

let sending = Promise.resolve();
export function send(path) {
  sending = sending.then(() => fetch(path, { method: "POST" })).then(tellRefusal, () => {});
  return sending;
}
async function tellRefusal(answer) {
  if (!answer.ok) console.warn(await answer.text());
}

// -- buttons; a kept button stays down until it is touched again

const down = new Set();
const kept = new Set();

export function keptDown() {
  return [...kept];
}
function mark(button) {
  for (const part of document.querySelectorAll(`[data-button="${button}"]`)) {
    part.classList.toggle("down", down.has(button));
    part.classList.toggle("held", kept.has(button));
  }
  svg.querySelector(`#tag-${button}`).classList.toggle("shown", kept.has(button));
  document.dispatchEvent(new Event("kept"));
}
function hold(button) {
  if (down.has(button)) return;
  down.add(button);
  mark(button);
  send(`/hold?button=${button}`);
}
function release(button) {
  if (kept.has(button) || !down.delete(button)) return;
  mark(button);
  send(`/release?button=${button}`);
}
function keep(button) {
  kept.add(button);
  hold(button);
  mark(button);
}
function letGo(button) {
  return kept.delete(button) && (release(button), true);
}
function touch(button, keeps) {
  if (letGo(button)) return;
  (keeps ? keep : hold)(button);
}

function keepsDown(event) {
  return event.button === 2 || event.shiftKey || (event.ctrlKey && event.pointerType === "mouse");
}
for (const part of document.querySelectorAll("[data-button]")) {
  const button = part.dataset.button;
  part.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 && event.button !== 2) return;
    event.stopPropagation(); // CHOOSE's push is on top of a knob that turns
    part.setPointerCapture(event.pointerId);
    touch(button, keepsDown(event));
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) part.addEventListener(end, () => release(button));
  part.addEventListener("contextmenu", (event) => event.preventDefault());
}
window.addEventListener("blur", () => [...down].forEach(release));
window.addEventListener("pagehide", () => [...down].forEach((button) => navigator.sendBeacon(`/release?button=${button}`)));

// -- knobs

const angles = { volume: 0, choose: 0 };
const owed = { volume: 0, choose: 0 };
let isTurning = false;

function turn(knob, steps) {
  if (!steps) return;
  angles[knob] += steps * DEGREES_PER_DETENT;
  svg.querySelector(`#${knob}-turns`).style.transform = `rotate(${angles[knob]}deg)`;
  owed[knob] += steps;
  if (!isTurning) payTurns();
}
// Detents add up while a request is running: a spun wheel must not build up a queue.
async function payTurns() {
  isTurning = true;
  for (let knob; (knob = Object.keys(owed).find((each) => owed[each])); ) {
    const steps = Math.max(-48, Math.min(48, owed[knob]));
    owed[knob] -= steps;
    await send(`/turn?knob=${knob}&steps=${steps}`);
  }
  isTurning = false;
}

function angleAt(part, event) {
  const face = part.querySelector("circle:last-of-type, path").getBoundingClientRect();
  return Math.atan2(event.clientY - (face.top + face.height / 2), event.clientX - (face.left + face.width / 2)) * (180 / Math.PI);
}
function armKnob(part) {
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
  const whole = part.closest(".knob") ?? part; // with the hollow that is pushed, a control of its own
  whole.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_PER_DETENT;
    wheel -= pixels || event.deltaX;
    const steps = Math.trunc(wheel / WHEEL_PER_DETENT);
    wheel -= steps * WHEEL_PER_DETENT;
    turn(knob, steps);
  }, { passive: false });
  part.setAttribute("tabindex", "0");
  part.setAttribute("aria-describedby", "help");
}
svg.querySelectorAll("[data-knob]").forEach(armKnob);
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
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "INPUT") return;
  if (event.key === "Escape") [...kept].forEach(letGo);
  const button = keyButton(event), [knob, steps] = keyTurn(event);
  if (!button && !steps) return;
  event.preventDefault();
  if (steps) turn(knob, steps);
  else if (!event.repeat) touch(button, event.shiftKey);
});
window.addEventListener("keyup", (event) => {
  const button = keyButton(event);
  if (button) release(button);
});

// -- what is drawn around a button

for (const [id, [x, y, width, height, rx]] of Object.entries(RINGS)) {
  svg.getElementById(id).append(shape("rect", { x, y, width, height, rx, class: "ring" }));
}
for (const [button, [x, y]] of Object.entries(TAGS)) {
  const tag = shape("g", { id: `tag-${button}`, class: "tag", "aria-hidden": "true" });
  const word = shape("text", { x, y: y + 1.7 });
  word.dataset.word = "held";
  tag.append(shape("rect", { x: x - 10, y: y - 3.6, width: 20, height: 7.2, rx: 3.6 }), word);
  svg.append(tag);
}
