// What this display says of itself, and when it says it.

import { call, pause, Refused } from "./screen-link.js";

const heartbeat = 5000;
const quiet = 1000;
const commandLimit = 8;

function browserName() {
  const brand = navigator.userAgentData?.brands?.find(({ brand: name }) => !/not.?a.?brand/i.test(name));
  if (brand) return `${brand.brand} ${brand.version}`;
  const match = /(Firefox|Edg|OPR|SamsungBrowser|Chrome|Version)\/([\d]+)/.exec(navigator.userAgent);
  return match ? `${match[1].replace("Version", "Safari")} ${match[2]}` : "browser";
}

export class Status {
  constructor() {
    this.facts = {
      showing: null, since: null, next_due: null, received_revision: 0, applied_revision: 0, applied_after_ms: null,
      commands: [], presented_frames: 0, last_presented: null, power: "on", resolution: null, free_bytes: null,
      cache_bytes: null, transport: "events", version: browserName(), warnings: [],
    };
    this.sent = undefined;
    this.bell = undefined;
  }

  /** Takes what is new; sent at once when somebody waits for it. */
  set(facts) {
    Object.assign(this.facts, facts);
    this.bell?.();
  }

  report(topic, revision, result, reason) {
    const commands = [...this.facts.commands, { topic, revision, result, ...(reason ? { reason } : {}) }];
    this.set({ commands: commands.slice(-commandLimit) });
  }

  get isUrgent() {
    const { sent, facts } = this;
    return !sent || ["received_revision", "applied_revision"].some((name) => sent[name] !== facts[name])
      || sent.commands.at(-1)?.revision !== facts.commands.at(-1)?.revision;
  }

  get isNews() {
    const { sent, facts } = this;
    return ["showing", "since", "next_due", "power"].some((name) => sent[name] !== facts[name])
      || JSON.stringify([sent.resolution, sent.warnings]) !== JSON.stringify([facts.resolution, facts.warnings]);
  }

  async send(token, stage) {
    const { usage = null, quota = null } = (await navigator.storage?.estimate?.().catch(() => ({}))) ?? {};
    Object.assign(this.facts, {
      presented_frames: stage.presentedFrames, last_presented: stage.lastPresented ?? null, resolution: stage.pixels,
      cache_bytes: usage, free_bytes: usage === null || quota === null ? null : quota - usage,
    });
    const sending = structuredClone(this.facts);
    await call("PUT", "status", { token, body: JSON.stringify(sending), seconds: 10 });
    this.sent = sending;
    this.sentAt = performance.now();
  }

  /** Reports until `signal`. Throws when the server does not know this display any more. */
  async run(getToken, stage, signal) {
    while (!signal.aborted) {
      try {
        await this.send(getToken(), stage);
      } catch (error) {
        if (error instanceof Refused) throw error;
        // The stream of events says on the screen when the server is away; this only tries again.
        await pause(2000);
        continue;
      }
      await this.untilDue(signal);
    }
  }

  async untilDue(signal) {
    const end = this.sentAt + heartbeat;
    while (!signal.aborted && !this.isUrgent) {
      const now = performance.now();
      const due = this.isNews ? this.sentAt + quiet : end;
      if (now >= due) return;
      await new Promise((resolve) => {
        this.bell = resolve;
        setTimeout(resolve, due - now);
      });
      this.bell = undefined;
    }
  }
}
