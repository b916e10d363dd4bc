// One live stream for all pages of this browser: HTTP/1.1 gives a site six connections, and a press needs one of them.
// Loaded by each page; and run by the browser once beside them, as a shared worker, where it knows such.
// Each name that is told is an event `news` of the document (parts.js).
"use strict";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60000;

// Tells each name that the server tells, and comes back by itself, from what it heard last.
class Stream {
  constructor(address, since, tell) {
    Object.assign(this, { address, since, tell, waitMs: FIRST_WAIT_MS, timer: null });
    this.open();
  }
  open() {
    clearTimeout(this.timer);
    this.source = new EventSource(`${this.address}?since=${this.since}`);
    this.source.onmessage = ({ data, lastEventId }) => {
      this.waitMs = FIRST_WAIT_MS;
      this.since = Number(lastEventId) || this.since;
      this.tell(data, this.since);
    };
    this.source.onerror = () => {
      if (this.source.readyState !== EventSource.CLOSED) return;  // the browser tries again itself
      this.timer = setTimeout(() => this.open(), this.waitMs);
      this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
    };
  }
  // Someone else may have signed in since it was refused.
  wake() {
    if (this.source.readyState === EventSource.CLOSED) this.open();
  }
  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}

// Hands one stream to many pages; one that comes is told what was heard since it was drawn.
class Shared {
  static KEPT = 500;
  static LINGER_MS = 5000;  // from one page to the next there may be none

  constructor() {
    Object.assign(this, { ports: new Set(), stream: null, begins: 0, heard: [], timer: null });
  }
  welcome(port, { address, since }) {
    clearTimeout(this.timer);
    this.ports.add(port);
    if (!this.stream) {
      Object.assign(this, { begins: since, heard: [] });
      this.stream = new Stream(address, since, (name, id) => this.hear(name, id));
      return;
    }
    this.stream.wake();
    const missed = since < this.begins ? ["board"] : this.heard.filter(([, id]) => id > since).map(([name]) => name);
    missed.forEach((name) => port.postMessage(name));
  }
  hear(name, id) {
    if (name === "board") Object.assign(this, { begins: id, heard: [] });
    else this.heard.push([name, id]);
    if (this.heard.length > Shared.KEPT) [, this.begins] = this.heard.shift();
    this.ports.forEach((port) => port.postMessage(name));
  }
  leave(port) {
    this.ports.delete(port);
    if (this.ports.size > 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.stream?.close();
      this.stream = null;
    }, Shared.LINGER_MS);
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
  const shared = new Shared();
  self.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data }) => (data ? shared.welcome(port, data) : shared.leave(port));
  };
} else {
  const { src: file } = document.currentScript;
  const page = document.querySelector("[data-live]");
  const tell = (name) => document.dispatchEvent(new CustomEvent("news", { detail: name }));

  const share = (address, since) => {
    const worker = new SharedWorker(file);
    worker.onerror = () => alone(address, since);
    worker.port.onmessage = ({ data }) => tell(data);
    worker.port.postMessage({ address, since });
    window.addEventListener("pagehide", () => worker.port.postMessage(null));
  };
  // Without shared workers (Chrome on Android) only a page that is seen has a stream.
  const alone = (address, since) => {
    let stream = null;
    let known = since;
    const look = () => {
      if (document.hidden) {
        stream?.close();
        stream = null;
      } else {
        stream ??= new Stream(address, known, (name, id) => { known = id; tell(name); });
      }
    };
    document.addEventListener("visibilitychange", look);
    look();
  };
  if (page) {
    const { pathname, searchParams } = new URL(page.dataset.live, location.href);
    const since = Number(searchParams.get("since"));  // up to there the page was drawn
    try {
      share(pathname, since);
    } catch {
      alone(pathname, since);
    }
  }
}
