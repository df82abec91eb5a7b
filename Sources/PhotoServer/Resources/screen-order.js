// Which photo comes after which. Every photo once before any photo twice; the order of a round follows from the seed,
// the round's number and the names, the same as on every other display.

const mask = (1n << 64n) - 1n;

/** The finishing step of SplitMix64 (Steele, Lea and Flood, 2014). */
function mix(value) {
  let z = value;
  z = ((z ^ (z >> 30n)) * 0xBF58476D1CE4E5B9n) & mask;
  z = ((z ^ (z >> 27n)) * 0x94D049BB133111EBn) & mask;
  return z ^ (z >> 31n);
}

/** A photo's place in a round. */
export function rank(seed, round, name) {
  let hash = 0xCBF29CE484222325n ^ mix(seed ^ mix(round));
  for (const byte of new TextEncoder().encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001B3n) & mask;
  return mix(hash);
}

/** The names in the order of a shuffle's round. */
export function shuffled(names, seed, round) {
  const ranked = names.map((name) => ({ name, key: rank(seed, round, name) }));
  ranked.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.name < b.name ? -1 : 1));
  return ranked.map((entry) => entry.name);
}

const historyLimit = 64;
const freshLimit = 256;

export class Order {
  /** @param kept What `kept` of another one said; nothing for a new one. */
  constructor(kept) {
    this.round = BigInt(kept?.round ?? 0);
    this.shown = new Set(kept?.shown ?? []);
    this.fresh = new Set(kept?.fresh ?? []);
    this.history = kept?.history ?? [];
    /** Where in the history the screen is; at its end unless somebody went back. */
    this.place = kept?.place ?? this.history.length - 1;
    this.photos = [];
    this.listed = new Set();
    this.mode = "shuffle";
    this.seed = 0n;
  }

  /** To be remembered across restarts. */
  get kept() {
    return {
      round: String(this.round), shown: [...this.shown], fresh: [...this.fresh], history: this.history, place: this.place,
    };
  }

  get current() { return this.history[this.place]; }

  /** Takes the photos ({ name, date }) and the way through them. */
  set(photos, mode, seed) {
    const names = new Set(photos.map((photo) => photo.name));
    // Not at the start: then everything would be new.
    const added = this.photos.length ? [...names].filter((name) => !this.listed.has(name)) : [];
    this.fresh = new Set([...this.fresh, ...added].filter((name) => names.has(name)));
    if (this.fresh.size > freshLimit) {
      this.fresh.clear();
      this.nextRound();
    }
    if (seed !== this.seed && this.photos.length) this.shown.clear();
    this.shown = new Set([...this.shown].filter((name) => names.has(name)));
    Object.assign(this, { photos, listed: names, mode, seed });
    this.ordered = undefined;
  }

  nextRound() {
    this.round += 1n;
    this.shown.clear();
    this.ordered = undefined;
  }

  get order() {
    if (!this.ordered) {
      const names = this.photos.map((photo) => photo.name);
      if (this.mode === "newest_first") {
        const dated = [...this.photos].sort((a, b) => (b.date ?? "").localeCompare(a.date ?? ""));
        this.ordered = dated.map((photo) => photo.name);
      } else {
        this.ordered = this.mode === "as_listed" ? names : shuffled(names, this.seed, this.round);
      }
    }
    return this.ordered;
  }

  /** The photo after the current one, among those that can be shown; undefined when there is none. */
  next(canShow = () => true) {
    for (let place = this.place + 1; place < this.history.length; place += 1) {
      if (this.listed.has(this.history[place]) && canShow(this.history[place])) return { name: this.history[place], place };
    }
    const name = this.mode === "shuffle" ? this.nextShuffled(canShow) : this.nextListed(canShow);
    return name === undefined ? undefined : { name, place: this.history.length };
  }

  /** The photo before the current one, as it was shown. */
  back(canShow = () => true) {
    for (let place = this.place - 1; place >= 0; place -= 1) {
      if (this.listed.has(this.history[place]) && canShow(this.history[place])) return { name: this.history[place], place };
    }
    return undefined;
  }

  nextListed(canShow) {
    const start = this.order.indexOf(this.current);
    for (let step = 1; step <= this.order.length; step += 1) {
      const name = this.order[(start + step) % this.order.length];
      if (canShow(name)) return name;
    }
    return undefined;
  }

  nextShuffled(canShow) {
    const left = () => [...[...this.fresh], ...this.order.filter((name) => !this.shown.has(name) && !this.fresh.has(name))].filter(canShow);
    let candidates = left();
    if (!candidates.length) {
      this.nextRound();
      candidates = left();
    }
    // Never the same one twice in a row, unless there is no other.
    return candidates.find((name) => name !== this.current) ?? candidates[0];
  }

  /** The photo at an instant of a group's common clock. */
  at(number) {
    const count = this.photos.length;
    if (!count) return undefined;
    const round = BigInt(Math.floor(number / count));
    const order = this.mode === "shuffle" ? shuffled(this.photos.map((photo) => photo.name), this.seed, round) : this.order;
    return order[number % count];
  }

  /** Takes note that a photo is on the screen, whoever chose it. */
  show(name, place = this.history.length) {
    this.history[place] = name;
    this.place = place;
    this.shown.add(name);
    this.fresh.delete(name);
    const excess = this.history.length - historyLimit;
    if (excess > 0) {
      this.history.splice(0, excess);
      this.place = Math.max(0, this.place - excess);
    }
  }
}
