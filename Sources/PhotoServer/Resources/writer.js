// Values that follow a slider: many small moves become few writes, and the last one always arrives.

/** The least time between two writes, in ms: faster than anybody can judge a picture. */
const gap = 150;
const longestPause = 10000;

export class Writer {
  #send;
  #told;
  #refused;
  #pending = {};
  #flying = null;
  #timer = 0;
  #sentAt = -Infinity;
  #pause = 0;

  /**
   * `send` writes some values, with true for a page that is about to go; `told` hears "saving", "waiting" or "saved";
   * `refused` gets values that the server does not take, and its error.
   */
  constructor({ send, told, refused }) {
    this.#send = send;
    this.#told = told;
    this.#refused = refused;
    window.addEventListener("pagehide", () => this.#leave());
  }

  /** Takes the newest values; those set before and not sent yet are replaced. */
  set(values) {
    Object.assign(this.#pending, values);
    this.#told("saving");
    this.#arm();
  }

  /** Whether a value is still on its way: what the server says of it is older. */
  has(name) {
    return name in this.#pending || name in (this.#flying ?? {});
  }

  #arm() {
    if (this.#flying || this.#timer) return;
    const wait = Math.max(this.#pause, this.#sentAt + gap - performance.now(), 0);
    this.#timer = setTimeout(() => this.#flush(), wait);
  }

  async #flush() {
    this.#timer = 0;
    const values = this.#flying = this.#pending;
    this.#pending = {};
    this.#sentAt = performance.now();
    try {
      await this.#send(values, false);
      this.#pause = 0;
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429) {
        this.#refused(values, error);
      } else {
        // Not the values' fault: they stay, unless newer ones came.
        this.#pending = { ...values, ...this.#pending };
        this.#pause = Math.min(Math.max(this.#pause * 2, 500), longestPause);
        this.#told("waiting");
      }
    }
    this.#flying = null;
    if (Object.keys(this.#pending).length) this.#arm();
    else this.#told("saved");
  }

  #leave() {
    const values = { ...this.#flying, ...this.#pending };
    if (Object.keys(values).length) this.#send(values, true);
  }
}
