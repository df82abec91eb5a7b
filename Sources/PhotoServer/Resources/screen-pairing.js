// How this screen becomes one of the server's displays: it shows a code until somebody types it.

import { backoff, call, Failed } from "./screen-link.js";
import { qrElement } from "./screen-qr.js";
import { randomHex } from "./screen-store.js";

/** Who this display is, from its first start on. */
export async function identity(store) {
  const known = await store.get("identity");
  if (known) return known;
  const hex = randomHex(16);
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  const made = { id, secret: randomHex(32) };
  await store.set("identity", made);
  return made;
}

/** What the server says about a display that it was asked about; undefined when it does not know it. */
export async function ask({ id, secret }, seconds = 60) {
  try {
    const response = await call("GET", "registrations/" + id, { token: secret, seconds });
    return await response.json();
  } catch (error) {
    if (error instanceof Failed && error.status === 404) return undefined;
    throw error;
  }
}

async function register({ id, secret }, stage) {
  const { width, height } = stage.pixels;
  const body = JSON.stringify({ id, secret, kind: "browser", width, height });
  const response = await call("POST", "registrations", { body, headers: { "Content-Type": "application/json" } });
  return response.json();
}

/** Asks until this display is let in; answers its credentials { token, display }. */
export async function pair(store, stage, view) {
  const wait = backoff();
  let registration;
  for (;;) {
    try {
      const who = await identity(store);
      registration = registration ? await ask(who) : await register(who, stage);
      wait.reset();
      if (registration?.state === "approved") return registration;
      if (registration) view.showCode(registration);
      view.note("");
    } catch (error) {
      registration = undefined;
      if (error instanceof Failed && [403, 410].includes(error.status)) {
        // This id was removed, or is another's: be somebody else.
        await store.clear();
        continue;
      }
      view.note(error instanceof Failed ? error.message : "The server cannot be reached. Trying again…");
      await wait.next();
    }
  }
}

/** The pairing screen. */
export class PairingView {
  constructor(panel, note) {
    this.element = panel.querySelector(".pairing");
    this.note = note;
    this.url = "";
  }

  showCode({ code, pairingURL }) {
    this.element.hidden = false;
    const text = this.element.querySelector(".code");
    const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
    if (text.textContent !== spaced) text.textContent = spaced;
    if (this.url === pairingURL) return;
    this.url = pairingURL;
    const address = new URL(pairingURL);
    this.element.querySelector('[data-field="address"]').textContent = address.host + address.pathname;
    this.element.querySelector(".qr").replaceChildren(qrElement(pairingURL));
  }

  hide() {
    this.element.hidden = true;
  }
}
