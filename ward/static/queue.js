// What is to be fetched, each key once however often it is wanted: a few at a time, so that a press finds a connection
// free (HTTP/1.1 gives a site six). What is wanted again while it is fetched is fetched once more: that answer may be old.
const AT_ONCE = 3;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10000;

export class Queue {
  // `fetchOne`: fetches one key; throws where no server answers. That key waits then, each time longer; the others do not,
  // because it may be this one alone that fails. News of it tries at once.
  constructor(fetchOne) {
    Object.assign(this, { fetchOne, waiting: new Set(), fetching: new Set(), waitMs: new Map() });
  }
  want(key) {
    this.waiting.add(key);
    this.next();
  }
  next() {
    const free = [...this.waiting].filter((key) => !this.fetching.has(key));
    free.slice(0, AT_ONCE - this.fetching.size).forEach((key) => this.run(key));
  }
  async run(key) {
    this.waiting.delete(key);
    this.fetching.add(key);
    try {
      await this.fetchOne(key);
      this.waitMs.delete(key);
    } catch {
      this.later(key);
    }
    this.fetching.delete(key);
    this.next();
  }
  later(key) {
    const waitMs = this.waitMs.get(key) ?? FIRST_WAIT_MS;
    this.waitMs.set(key, Math.min(2 * waitMs, LONGEST_WAIT_MS));
    setTimeout(() => this.want(key), waitMs);
  }
}
