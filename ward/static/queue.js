// What is to be fetched, each key once however often it is wanted: a few at a time, so that a press finds a connection
// free (HTTP/1.1 gives a site six). What is wanted again while it is fetched is fetched once more: that answer may be old.
const AT_ONCE = 3;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10000;

export class Queue {
  // `fetchOne`: fetches one key; throws where no server answers, and all wait then, each time longer.
  constructor(fetchOne) {
    Object.assign(this, { fetchOne, waiting: new Set(), fetching: new Set(), waitMs: FIRST_WAIT_MS, timer: null });
  }
  want(key) {
    this.waiting.add(key);
    this.next();
  }
  next() {
    if (this.timer !== null) return;
    const free = [...this.waiting].filter((key) => !this.fetching.has(key));
    free.slice(0, AT_ONCE - this.fetching.size).forEach((key) => this.run(key));
  }
  async run(key) {
    this.waiting.delete(key);
    this.fetching.add(key);
    try {
      await this.fetchOne(key);
      this.waitMs = FIRST_WAIT_MS;
    } catch {
      this.waiting.add(key);
      this.rest();
    }
    this.fetching.delete(key);
    this.next();
  }
  rest() {
    if (this.timer !== null) return;  // what was fetched beside it failed for the same reason
    this.timer = setTimeout(() => {
      this.timer = null;
      this.next();
    }, this.waitMs);
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
  }
}
