// The box's own screen, pixel by pixel, asked for each second while the page is seen: to ask says that someone looks.
// What is not sure to be so now is not shown: without an answer, and on a computer that is locked, the glass is empty.
"use strict";
(() => {
  const part = document.getElementById("live-screen");
  if (!part) return;
  const EACH_MS = 1000;
  const LOST_AFTER_MS = 5000;
  const [WIDTH, HEIGHT] = [128, 64];
  const AMBER = [255, 176, 0, 255];
  const canvas = part.querySelector("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });  // too small for a graphics card
  const [line, time] = part.querySelectorAll("p > *");
  const name = canvas.getAttribute("aria-label");
  let answeredAt = performance.now();
  let timer = null;

  // Eight pages of columns, the lowest bit on top: as it goes to the chip.
  const draw = (frame) => {
    const picture = paper.createImageData(WIDTH, HEIGHT);
    const bytes = Uint8Array.from(atob(frame), (one) => one.charCodeAt(0));
    for (let y = 0; y < HEIGHT; y += 1) {
      for (let x = 0; x < WIDTH; x += 1) {
        const isLit = bytes[(y >> 3) * WIDTH + x] >> (y & 7) & 1;
        picture.data.set(isLit ? AMBER : [0, 0, 0, 255], 4 * (y * WIDTH + x));
      }
    }
    paper.putImageData(picture, 0, 0);
  };
  const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const show = (face) => {
    if (face.frame) draw(face.frame);
    else paper.clearRect(0, 0, WIDTH, HEIGHT);
    Object.assign(part.dataset, { state: face.state, light: face.light ?? "bright" });
    write(line, face.line);
    write(time, face.time ?? "");
    canvas.setAttribute("aria-label", face.label || face.line);
  };
  const lose = () => show({ state: "lost", line: part.dataset.lost });

  const ask = async () => {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
    const answer = await fetch(part.dataset.address, { headers, cache: "no-store", signal: AbortSignal.timeout(LOST_AFTER_MS) });
    if (answer.status === 204) part.hidden = true;  // no box stands here any more
    else if (!answer.ok || answer.headers.has("HX-Refresh")) lose();
    else show(await answer.json());
    answeredAt = performance.now();
  };
  const turn = async () => {
    clearTimeout(timer);
    try {
      await ask();
    } catch {
      if (performance.now() - answeredAt > LOST_AFTER_MS) lose();
    }
    clearTimeout(timer);  // two may have been under way
    if (!document.hidden && !part.hidden) timer = setTimeout(turn, EACH_MS);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) show({ state: "waiting", line: name });
    else if (!part.hidden) turn();
  });
  turn();
})();
