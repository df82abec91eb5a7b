// The show: what is on the screen, when it changes, and what commands do to it. One thing at a time.

import { call, pause } from "./screen-link.js";
import { standsStill } from "./screen-motion.js";
import { Order } from "./screen-order.js";
import { Photos } from "./screen-photos.js";
import { due, isAsleep, light, readSettings } from "./screen-time.js";

/** Timers longer than this are set anew: they cannot be longer than 24 days, and clocks may be set meanwhile. */
const longestWait = 60000;

export class Player {
  constructor({ store, stage, photos, status, words, token }) {
    Object.assign(this, { store, stage, photos, status, words, token });
    this.settings = readSettings({});
    this.power = "on";
    this.list = new Map();
    this.sha256 = "";
    this.isPaused = false;
    this.lastChange = Date.now();
    this.dueAt = undefined;
    this.work = Promise.resolve();
    this.keeping = new AbortController();
    this.prepared = undefined;
    this.pictures = [];
    this.trouble = "";
  }

  async open() {
    this.order = new Order(await this.store.get("order"));
    this.clockTimer = setInterval(() => this.tick(), 1000);
  }

  close() {
    clearInterval(this.clockTimer);
    clearTimeout(this.timer);
    this.keeping.abort();
    this.isClosed = true;
  }

  /** Runs one thing after the other. What goes wrong is told in the status, and the show goes on. */
  enqueue(job) {
    const result = this.work.then(() => (this.isClosed ? undefined : job()));
    this.work = result.catch((error) => this.say(error.message));
    return result;
  }

  say(trouble) {
    this.trouble = trouble;
    this.status.set({ warnings: [...this.settings.warnings, ...this.warnings(), trouble].filter(Boolean) });
  }

  warnings() {
    return [
      !window.isSecureContext && "opened without HTTPS: no photos are kept here for when the server is away",
      this.settings.moves && standsStill() && "this browser asks for less motion: photos stand still",
      !this.store.isLasting && "this browser keeps nothing: it has to be let in again after it was closed",
    ].filter(Boolean);
  }

  // State

  /** Brings what the channel holds into effect. Answers when it is on the screen. */
  async apply(channel, changed) {
    if (changed.has("settings")) await this.applySettings(channel.state("settings"));
    if (changed.has("power_state")) {
      const power = channel.state("power_state");
      this.power = power === "off" || power === "stop" ? "off" : "on";
      await this.wakeOrSleep();
    }
    if (changed.has("playlist") || changed.has("images")) await this.applyPhotos(channel.source);
  }

  async applySettings(object) {
    const old = this.settings;
    this.settings = readSettings(object);
    this.say(this.trouble);
    const isTurned = old.rotation !== this.settings.rotation;
    this.stage.fit(this.settings.rotation);
    this.stage.adjust(this.settings);
    this.tick();
    this.arrange(this.order.photos);
    const looksAlike = ["fit", "background", "moves"].every((name) => old[name] === this.settings[name]);
    if (await this.pairCurrent()) return;
    if (isTurned || !looksAlike) await this.stage.redraw(this.settings);
    else await this.stage.count();
    this.caption();
    this.schedule();
  }

  /** Two portraits have room side by side on a screen that lies. */
  arrange(photos) {
    const { width, height } = this.stage.size;
    this.order.set(photos, this.settings.order, this.settings.seed, this.settings.pairs && width > height);
    this.dropPrepared();
  }

  /** The window has another size, and perhaps another shape. */
  async resized() {
    this.arrange(this.order.photos);
    if (!await this.pairCurrent()) await this.stage.redraw();
  }

  /** Shows at once what the setting means for the portrait now on the screen; answers whether it means anything. */
  async pairCurrent() {
    if (!this.showing || this.isDark || this.settings.groupClock) return false;
    const { current, companion, place } = this.order;
    const other = this.order.pairs ? companion ?? this.order.companionOf(current, (name) => this.list.has(name)) : undefined;
    if (!this.list.has(current) || other === companion) return false;
    await this.present({ name: current, companion: other, place }, "cut");
    return true;
  }

  async applyPhotos({ sha256, names }) {
    const photos = sha256 ? await this.photos.playlist(sha256) : names.map((name) => ({ name }));
    const shown = () => this.showingNames.map((name) => this.list.get(name)).map((photo) => photo && Photos.id(photo));
    const old = shown();
    this.sha256 = sha256 ?? "";
    this.list = new Map(photos.map((photo) => [photo.name, photo]));
    this.arrange(photos);
    const { current, companion, place } = this.order;
    if (!photos.length) {
      await this.black();
    } else if (!this.showing || String(shown()) !== String(old) || !this.list.has(current)) {
      // What is on the screen is not in the list any more, or looks different now.
      const other = this.order.pairs && this.list.has(companion) ? companion : undefined;
      await (this.list.has(current) ? this.present({ name: current, companion: other, place }, "cut") : this.advance());
    } else {
      this.caption();
    }
    this.keep();
  }

  /** Gets all photos onto the disk, beside the show. */
  keep() {
    this.keeping.abort();
    this.keeping = new AbortController();
    const { signal } = this.keeping;
    const attempt = async () => {
      while (!signal.aborted) {
        try {
          return await this.photos.keep([...this.list.values()], this.sha256, signal);
        } catch {
          await pause(10000);
        }
      }
      return undefined;
    };
    attempt();
  }

  // The show

  get isDark() { return this.power === "off" || this.isSleeping; }

  /** The names of what is on the screen, or would be if it were not dark. */
  get showingNames() {
    return this.showing === undefined ? [] : [this.showing, this.beside].filter((name) => name !== undefined);
  }

  photosOf({ name, companion }) {
    return [name, companion].filter((one) => one !== undefined).map((one) => this.list.get(one));
  }

  async present(chosen, transition = this.settings.transition) {
    const shown = this.photosOf(chosen);
    const key = String(shown.map(Photos.id));
    const pictures = await (this.prepared?.key === key ? this.prepared.pictures : this.photos.pictures(shown));
    if (this.prepared?.key !== key) this.dropPrepared();
    this.prepared = undefined;
    const gone = this.pictures;
    this.pictures = pictures;
    this.order.show(chosen.name, chosen.place, chosen.companion);
    await this.store.set("order", this.order.kept);
    this.lastChange = Date.now();
    [this.showing, this.beside] = [chosen.name, chosen.companion];
    if (!this.isDark) {
      await this.stage.show(pictures, this.settings, {
        transition: gone.length ? transition : "cut", milliseconds: this.settings.transitionTime, seconds: this.seconds,
      });
    }
    this.trouble = "";
    this.say("");
    this.status.set({ showing: chosen.name, since: this.lastChange / 1000 });
    this.caption();
    this.words.card("");
    this.schedule();
    // Not before the fade is over: the picture that leaves is drawn already, but a slow machine decodes slowly.
    this.stage.fading?.then(() => {
      if (gone !== this.pictures) for (const picture of gone) picture.close();
      this.prepare();
    });
  }

  /** How long a photo that comes now is shown, as far as is known. */
  get seconds() {
    const now = Date.now();
    return (this.settings.groupClock ? due(this.settings, now) - now : this.settings.interval) / 1000;
  }

  /** Decodes the next photo ahead of time. */
  prepare() {
    if (this.isClosed || this.settings.groupClock || this.prepared) return;
    const next = this.order.next();
    if (!next || !this.list.has(next.name) || next.name === this.showing) return;
    const photos = this.photosOf(next);
    const pictures = this.photos.pictures(photos);
    pictures.catch(() => {});
    this.prepared = { key: String(photos.map(Photos.id)), pictures };
  }

  /** What was decoded is not what comes next any more. */
  dropPrepared() {
    this.prepared?.pictures.then((pictures) => { for (const picture of pictures) picture.close(); }, () => {});
    this.prepared = undefined;
  }

  /** Goes on to a photo that can be had: with the server away, to one that is on the disk. */
  async advance(direction = "next") {
    const tried = new Set();
    for (;;) {
      const chosen = this.choose(direction, (name) => !tried.has(name));
      if (!chosen) throw new Error(this.list.size ? "no photo can be had now" : "there is no photo to show");
      tried.add(chosen.name);
      if (chosen.companion !== undefined) tried.add(chosen.companion);
      try {
        return await this.present(chosen);
      } catch (error) {
        // One that is on the disk cannot fail for want of the server: those are tried first from here on.
        for (const [name, photo] of this.list) if (!this.photos.has(photo)) tried.add(name);
        if (tried.size >= this.list.size) throw error;
      }
    }
  }

  choose(direction, canShow) {
    if (direction === "back") return this.order.back(canShow);
    if (this.settings.groupClock) {
      const place = this.order.at(Math.floor(Date.now() / this.settings.interval));
      const names = place ? [place.name, place.companion].filter((name) => name !== undefined && canShow(name)) : [];
      if (names.length) return { name: names[0], companion: names[1] };
    }
    return this.order.next(canShow);
  }

  async black() {
    this.showing = this.beside = undefined;
    for (const picture of this.pictures) picture.close();
    this.pictures = [];
    await this.stage.show([], this.settings);
    this.words.card(this.settings.name || "Vitrine", "Nothing to show yet. Give this display an album.");
    this.status.set({ showing: null, since: Date.now() / 1000 });
    this.caption();
    this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    const isIdle = !this.showing || this.isPaused || this.isDark || (this.list.size < 2 && !this.settings.groupClock);
    this.dueAt = isIdle ? undefined : due(this.settings, this.lastChange);
    this.status.set({ next_due: this.dueAt === undefined ? null : this.dueAt / 1000 });
    this.arm();
  }

  arm() {
    clearTimeout(this.timer);
    if (this.dueAt === undefined) return;
    const wait = Math.min(Math.max(0, this.dueAt - Date.now()), longestWait);
    this.timer = setTimeout(() => {
      if (Date.now() < this.dueAt) return this.arm();
      return this.enqueue(() => this.advance()).catch(() => {
        // Nothing can be had: what is there stays, and is tried again at the next turn.
        this.lastChange = Date.now();
        this.schedule();
      });
    }, wait);
  }

  async wakeOrSleep() {
    const power = this.power === "off" ? "off" : this.isSleeping ? "asleep" : "on";
    if (power === this.shownPower) return;
    this.shownPower = power;
    this.status.set({ power });
    this.words.hide(power !== "on");
    if (power === "on" && this.pictures.length) {
      await this.stage.show(this.pictures, this.settings, { seconds: this.seconds });
    } else if (power !== "on") {
      await this.stage.show([], this.settings);
    }
    this.schedule();
  }

  /** Once a second: the clock, the light, and whether it is time to sleep. */
  tick() {
    const now = Date.now();
    this.stage.dim(light(this.settings, now));
    this.words.clock(this.settings.clock ? timeText(now, this.settings.timeZone) : "");
    const sleeps = isAsleep(this.settings, now);
    if (sleeps === Boolean(this.isSleeping)) return;
    this.isSleeping = sleeps;
    this.enqueue(() => this.wakeOrSleep()).catch(() => {});
  }

  caption() {
    const texts = this.showingNames.map((name) => this.list.get(name))
      .map((photo) => (photo ? captionText(photo, this.settings) : ""));
    this.words.caption(texts[0] ?? "", texts[1] ?? "");
  }

  // Commands

  /** Runs a command; answers why it was not done, if it was not. */
  async run({ topic, value }) {
    switch (topic) {
      case "change_photo":
        if (!["forward", "back"].includes(value)) return "this display does not understand the value";
        if (value === "back" && !this.order.back()) return "there is no photo before this one";
        await this.advance(value === "back" ? "back" : "next");
        return undefined;
      case "show":
        if (!this.list.has(value)) return "the photo is not in this display's album";
        // Alone, even a portrait: it was asked for, and nothing else was.
        await this.present({ name: value });
        return undefined;
      case "pause":
        this.isPaused = value === true;
        this.schedule();
        return undefined;
      case "identify":
        this.words.identify(this.settings.name || "Vitrine", Math.min(Math.max(Number(value) || 10, 1), 300));
        await this.stage.count();
        return undefined;
      case "current_display": {
        if (!/^[A-Za-z0-9-]{1,128}$/.test(value ?? "")) return "this display does not understand the value";
        const picture = await this.stage.picture();
        await call("PUT", "screen/" + value, { token: this.token(), body: picture });
        return undefined;
      }
      case "restart_screen":
        return undefined;
      case "reboot":
        return "a browser cannot restart its machine";
      default:
        return "this display does not know the command";
    }
  }
}

function timeText(now, timeZone) {
  return new Intl.DateTimeFormat(undefined, { timeZone, hour: "2-digit", minute: "2-digit" }).format(now);
}

function captionText(photo, { caption }) {
  const parts = {
    title: photo.title, place: photo.place, album: photo.album,
    // The camera's own clock, whatever the zone.
    date: photo.date && new Date(photo.date.slice(0, 10) + "T12:00:00Z")
      .toLocaleDateString(undefined, { timeZone: "UTC", dateStyle: "long" }),
  };
  return caption.map((name) => parts[name]).filter(Boolean).join(" · ");
}

