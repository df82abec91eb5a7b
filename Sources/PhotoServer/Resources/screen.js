// A browser as a display: let in by its code, then one of the fleet, with the server or without it.

import { Channel, emptyMemory } from "./screen-channel.js";
import { backoff, events, Failed, Refused } from "./screen-link.js";
import { ask, identity, pair, PairingView } from "./screen-pairing.js";
import { Photos } from "./screen-photos.js";
import { Player } from "./screen-player.js";
import { Stage } from "./screen-stage.js";
import { Status } from "./screen-status.js";
import { openStore } from "./screen-store.js";

const panel = document.querySelector(".panel");
const find = (selector) => panel.querySelector(selector);

const note = (text) => {
  find(".note").textContent = text;
  find(".note").hidden = !text;
};

/** The words on the screen. */
class Words {
  card(title, text = "") {
    if (this.isIdentifying) return;
    find(".card h1").textContent = title;
    find(".card p").textContent = text;
    find(".card").hidden = !title;
    this.titles = [title, text];
  }

  /** Large enough to be read from the other end of the room. */
  identify(name, seconds) {
    clearTimeout(this.timer);
    const before = this.isIdentifying ? this.before : this.titles ?? [""];
    this.isIdentifying = false;
    this.card(name);
    this.isIdentifying = true;
    this.before = before;
    this.timer = setTimeout(() => {
      this.isIdentifying = false;
      this.card(...this.before);
    }, seconds * 1000);
  }

  /** Below one photo, or below each of two. */
  caption(left, right = "") {
    find(".caption.left").classList.toggle("half", Boolean(right));
    this.put(".caption.left", left);
    this.put(".caption.right", right);
  }

  clock(text) { this.put(".clock", text); }

  put(selector, text) {
    const element = find(selector);
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text || this.isHidden;
  }

  hide(isHidden) {
    this.isHidden = isHidden;
    for (const selector of [".caption.left", ".caption.right", ".clock"]) this.put(selector, find(selector).textContent);
  }
}

const stage = new Stage(panel);
const store = await openStore();
const photos = new Photos();
await photos.open();

/** Lives as one of the server's displays. Answers when the server does not know it any more. */
async function live(credentials) {
  const ending = new AbortController();
  const status = new Status();
  let token = credentials.token;
  photos.token = token;
  const player = new Player({ store, stage, photos, status, words: new Words(), token: () => token });
  const channel = new Channel(await store.get("memory") ?? emptyMemory());
  await player.open();
  listen(player, ending.signal);

  // What was on the screen last time, before anybody is asked.
  const remembered = new Set(Object.keys(channel.memory.topics));
  player.enqueue(() => player.apply(channel, remembered)).catch(() => {});

  const run = async (command) => {
    try {
      const reason = await player.run(command);
      if (command.topic === "restart_screen") {
        status.report(command.topic, command.revision, "done");
        await status.send(token, stage).catch(() => {});
        location.reload();
        return;
      }
      status.report(command.topic, command.revision, reason ? "skipped" : "done", reason);
    } catch (error) {
      status.report(command.topic, command.revision, "failed", error.message);
    }
  };

  const take = async (event) => {
    const receivedAt = performance.now();
    const { changed, isNewer, commands, revision } = channel.take(event);
    // On disk before anything is done: a command that ran must not run again after a power cut.
    await store.set("memory", channel.memory);
    status.set({ received_revision: channel.received });
    if (isNewer) {
      player.enqueue(async () => {
        for (const wait = backoff(); !ending.signal.aborted;) {
          try {
            await player.apply(channel, changed);
            break;
          } catch (error) {
            if (error instanceof Refused) return;
            player.say(error.message);
            // A newer state makes this one's photos pointless; its own turn comes.
            if (channel.memory.revision > revision) break;
            await wait.next();
          }
        }
        const applied = Math.max(...Object.values(channel.memory.topics).map((entry) => entry.revision).filter((number) => number <= revision), 0);
        status.set({ applied_revision: applied, applied_after_ms: Math.round(performance.now() - receivedAt) });
      }).catch(() => {});
    }
    for (const command of commands) player.enqueue(() => run(command)).catch(() => {});
  };

  const follow = async () => {
    const wait = backoff();
    let since = performance.now();
    while (!ending.signal.aborted) {
      try {
        for await (const event of events(token, channel.lastID, ending.signal)) {
          wait.reset();
          note("");
          since = undefined;
          await take(event);
        }
      } catch (error) {
        if (error instanceof Refused) throw error;
      }
      since ??= performance.now();
      // A photo on the wall need not say at once that somewhere a server is started anew.
      if (!player.showing && performance.now() - since > 5000) note("The server cannot be reached. Trying again…");
      await wait.next();
    }
  };

  try {
    for (;;) {
      try {
        await Promise.race([follow(), status.run(() => token, stage, ending.signal)]);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const renewed = await stillOurs();
        if (!renewed) return;
        token = photos.token = renewed.token;
        await store.set("credentials", renewed);
      }
    }
  } finally {
    ending.abort(new Error("this display was removed"));
    player.close();
  }
}

/** Asks before everything is forgotten: the token may have been replaced by another tab. What is erased is gone. */
async function stillOurs() {
  for (const wait = backoff(); ;) {
    try {
      const answer = await ask(await identity(store));
      return answer?.state === "approved" ? answer : undefined;
    } catch (error) {
      if (error instanceof Failed && [403, 410].includes(error.status)) return undefined;
      await wait.next();
    }
  }
}

/** Keys, the window's size, and a screen that must not fall asleep. */
function listen(player, signal) {
  const on = (target, name, handle) => target.addEventListener(name, handle, { signal });
  const go = (command) => player.enqueue(() => player.run(command)).catch(() => {});
  on(window, "resize", () => {
    stage.fit();
    player.enqueue(() => player.resized()).catch(() => {});
    player.status.set({ resolution: stage.pixels });
  });
  on(window, "keydown", (event) => {
    const commands = {
      ArrowRight: { topic: "change_photo", value: "forward" }, ArrowLeft: { topic: "change_photo", value: "back" },
      " ": { topic: "pause", value: !player.isPaused }, i: { topic: "identify", value: 5 },
    };
    if (event.key === "f") document.documentElement.requestFullscreen?.().catch(() => {});
    else if (commands[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) go(commands[event.key]);
  });
  on(window, "dblclick", () => document.documentElement.requestFullscreen?.().catch(() => {}));
}

let still;
window.addEventListener("pointermove", () => {
  document.body.classList.remove("still");
  clearTimeout(still);
  still = setTimeout(() => document.body.classList.add("still"), 3000);
});

async function stayAwake() {
  // Refused where the page is not looked at, or the battery is low; asked again when it is looked at.
  if (!document.hidden) await navigator.wakeLock?.request("screen").catch(() => {});
}
document.addEventListener("visibilitychange", stayAwake);

async function main() {
  stayAwake();
  navigator.storage?.persist?.();
  navigator.serviceWorker?.register("/display-worker.js", { scope: "/display" }).catch(() => {});
  const view = new PairingView(panel, note);
  for (;;) {
    let credentials = await store.get("credentials");
    if (!credentials) {
      credentials = await pair(store, stage, view);
      await store.set("credentials", credentials);
    }
    view.hide();
    note("");
    await live(credentials);
    // Removed: nothing of what was shown stays here, and the next one in is somebody else.
    await store.clear();
    await photos.forget();
    await stage.show([], {});
    for (const selector of [".card", ".caption.left", ".caption.right", ".clock"]) find(selector).hidden = true;
  }
}

// Two tabs of one browser would be one display twice.
if (navigator.locks) {
  const isAlone = navigator.locks.request("vitrine-display", { ifAvailable: true }, async (lock) => {
    if (lock) return main();
    note("This display is open in another window of this browser.");
    return navigator.locks.request("vitrine-display", main);
  });
  await isAlone;
} else {
  await main();
}
