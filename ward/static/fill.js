// Fills a part of the page with what the server draws now, and keeps every node that may stay: whatever has the
// focus, is open, is half typed or is being pressed is left as it is, and a live region speaks because its text changes.
const SCRIPTS_CLASSES = ["in-use", "single", "htmx-request", "mine", "aside"];

// What a person or a script did to an element. The server knows nothing of it, so its answer must not undo it.
const keepOurs = (now, fresh) => {
  SCRIPTS_CLASSES.filter((name) => now.classList.contains(name)).forEach((name) => fresh.classList.add(name));
  if (now.matches("details")) fresh.toggleAttribute("open", now.open);
  if (now.matches("[data-copy]")) fresh.toggleAttribute("hidden", now.hidden);
};

const fillAttributes = (now, fresh) => {
  keepOurs(now, fresh);
  [...now.attributes].forEach(({ name }) => { if (!fresh.hasAttribute(name)) now.removeAttribute(name); });
  // Only what differs: a value that is written again takes away what is selected in its field.
  [...fresh.attributes].forEach(({ name, value }) => { if (now.getAttribute(name) !== value) now.setAttribute(name, value); });
};

const isSame = (now, fresh) => now.nodeName === fresh.nodeName && now.id === fresh.id;

const fillNode = (now, fresh) => {
  if (now.isEqualNode(fresh)) return;
  if (now.nodeType !== Node.ELEMENT_NODE) {
    now.nodeValue = fresh.nodeValue;
    return;
  }
  fillAttributes(now, fresh);
  fillChildren(now, fresh);
};

// Nodes never change their order here: what stands between two that stay has gone.
const fillChildren = (now, fresh) => {
  let at = now.firstChild;
  [...fresh.childNodes].forEach((next) => {
    let found = at;
    while (found && !isSame(found, next)) found = found.nextSibling;
    if (!found) {
      now.insertBefore(next, at);
      return;
    }
    while (at !== found) at = removed(at);
    fillNode(found, next);
    at = found.nextSibling;
  });
  while (at) at = removed(at);
};

const removed = (node) => {
  const after = node.nextSibling;
  node.remove();
  return after;
};

// Where what had the focus is gone (Stop, after the stop) its follower has it: the same id, else the first to be pressed.
export const fill = (part, fresh) => {
  const held = part.contains(document.activeElement) ? document.activeElement : null;
  if (held) part.classList.add("in-use");  // a filter must not hide what has the focus
  fillNode(part, fresh);
  if (!held || part.contains(document.activeElement)) return;
  const next = (held.id && document.getElementById(held.id)) || part.querySelector("a, button") || document.getElementById("main");
  next.focus({ preventScroll: true });
};
