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

/** What was on the screen at one time: a name, or two of a pair. */
const first = (entry) => (Array.isArray(entry) ? entry[0] : entry);
const second = (entry) => (Array.isArray(entry) ? entry[1] : undefined);

const historyLimit = 64;
const freshLimit = 256;
/** Shorter playlists keep one order for all rounds of a group in step. */
const fewestShuffled = 6;
/** At most so many places at the end of such a round are kept from the start of the next one. */
const longestTail = 24;

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
    this.portraits = new Set();
    this.pairs = false;
  }

  /** To be remembered across restarts. */
  get kept() {
    return {
      round: String(this.round), shown: [...this.shown], fresh: [...this.fresh], history: this.history, place: this.place,
    };
  }

  get current() { return first(this.history[this.place]); }

  /** The portrait beside the current one. */
  get companion() { return second(this.history[this.place]); }

  /** Takes the photos ({ name, date, width, height }) and the way through them; two portraits at a time with `pairs`. */
  set(photos, mode, seed, pairs = false) {
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
    Object.assign(this, { photos, listed: names, mode, seed, pairs });
    this.portraits = new Set(photos.filter(({ width, height }) => height > width).map(({ name }) => name));
    this.ordered = this.steps = undefined;
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
      const entry = this.shownAt(place, canShow);
      if (entry) return entry;
    }
    const name = this.mode === "shuffle" ? this.nextShuffled(canShow) : this.nextListed(canShow);
    if (name === undefined) return undefined;
    return { name, companion: this.companionOf(name, canShow), place: this.history.length };
  }

  /** What stood at a place of the history, as far as it can be shown. */
  shownAt(place, canShow) {
    const can = (name) => this.listed.has(name) && canShow(name);
    const [name, companion] = [first(this.history[place]), second(this.history[place])];
    return can(name) ? { name, companion: this.pairs && can(companion) ? companion : undefined, place } : undefined;
  }

  /** The portrait to stand beside this one; undefined for a landscape, or where no other is left. */
  companionOf(name, canShow = () => true) {
    if (!this.pairs || !this.portraits.has(name)) return undefined;
    const can = (other) => ![name, this.current, this.companion].includes(other) && canShow(other);
    // Of this round only: an odd portrait at its end stands alone rather than beside one just seen.
    if (this.mode === "shuffle") return this.left((other) => this.portraits.has(other) && can(other))[0];
    // In a listed order only neighbours stand side by side.
    const start = this.order.indexOf(name);
    for (let step = 1; step < this.order.length; step += 1) {
      const other = this.order[(start + step) % this.order.length];
      if (can(other)) return this.portraits.has(other) ? other : undefined;
    }
    return undefined;
  }

  /** The photo before the current one, as it was shown. */
  back(canShow = () => true) {
    for (let place = this.place - 1; place >= 0; place -= 1) {
      const entry = this.shownAt(place, canShow);
      if (entry) return entry;
    }
    return undefined;
  }

  nextListed(canShow) {
    const start = this.order.indexOf(this.companion ?? this.current);
    for (let step = 1; step <= this.order.length; step += 1) {
      const name = this.order[(start + step) % this.order.length];
      if (canShow(name)) return name;
    }
    return undefined;
  }

  /** What has not been shown in this round, new photos first. */
  left(canShow) {
    const waiting = this.order.filter((name) => !this.shown.has(name) && !this.fresh.has(name));
    return [...this.fresh, ...waiting].filter(canShow);
  }

  nextShuffled(canShow) {
    let candidates = this.left(canShow);
    if (!candidates.length) {
      this.nextRound();
      candidates = this.left(canShow);
    }
    // Never the same one twice in a row, unless there is no other.
    return candidates.find((name) => name !== this.current && name !== this.companion) ?? candidates[0];
  }

  /** What a group shows at an instant of its common clock: { name, companion }. */
  at(number) {
    if (!this.photos.length) return undefined;
    const portraits = this.pairs ? this.portraits.size : 0;
    const isShuffled = this.mode === "shuffle";
    const count = isShuffled
      ? this.photos.length - portraits + Math.ceil(portraits / 2) : this.paired(this.order).length;
    const round = Math.floor(number / count);
    if (this.steps?.round !== round) this.steps = { round, places: isShuffled ? this.stepRound(BigInt(round), count) : this.paired(this.order) };
    const [name, companion] = this.steps.places[number - round * count];
    return { name, companion };
  }

  /** The places of one round of displays in step: it follows from playlist, order, seed and the round's number alone. */
  stepRound(round, count) {
    const names = this.photos.map((photo) => photo.name);
    const of = (number) => this.paired(shuffled(names, this.seed, BigInt.asUintN(64, number)));
    if (count < fewestShuffled) return of(0n);
    const [now, before] = [of(round), of(round - 1n)];
    // What shares a photo with the end of the round before is moved away from the start.
    const tail = Math.min(Math.floor(count / 3), longestTail);
    const recent = new Set(before.slice(-tail).flat());
    const last = new Set(before.at(-1));
    const distance = (place) => (place.some((name) => last.has(name)) ? 2 : place.some((name) => recent.has(name)) ? 1 : 0);
    const head = now.slice(0, 2 * tail);
    return [0, 1, 2].flatMap((wanted) => head.filter((place) => distance(place) === wanted)).concat(now.slice(2 * tail));
  }

  /** Puts portraits side by side: in a shuffle each with the next one wherever it is, otherwise only neighbours. */
  paired(names) {
    const found = [];
    let open;
    for (const name of names) {
      const isPortrait = this.pairs && this.portraits.has(name);
      if (isPortrait && open) {
        open.push(name);
        open = undefined;
        continue;
      }
      found.push([name]);
      if (isPortrait) open = found.at(-1);
      else if (this.mode !== "shuffle") open = undefined;
    }
    return found;
  }

  /** Takes note of what is on the screen, whoever chose it. */
  show(name, place = this.history.length, companion = undefined) {
    this.history[place] = companion === undefined ? name : [name, companion];
    this.place = place;
    for (const shown of [name, companion].filter((one) => one !== undefined)) {
      this.shown.add(shown);
      this.fresh.delete(shown);
    }
    const excess = this.history.length - historyLimit;
    if (excess > 0) {
      this.history.splice(0, excess);
      this.place = Math.max(0, this.place - excess);
    }
  }
}
