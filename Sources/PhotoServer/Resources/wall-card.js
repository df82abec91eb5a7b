// One card of the wall. Its body is made when it comes near the window: a thousand cards are cheap until they are seen.
import { api } from "./app.js";
import { commandWords, deliveryWords, factRows, liveWords, nextWords, noteWords, showingName, stateOf, thumbnail } from "./wall-words.js";

const bodyTemplate = document.getElementById("card-template").content;
const moreTemplate = document.getElementById("more-template").content;

/** How long what became of a command stays to be read. */
const READING_MS = 15000;

function set(parent, field, text) {
  const element = parent.querySelector(`[data-field="${field}"]`);
  if (element.textContent !== text) element.textContent = text;
  return element;
}

export class Card {
  /** `context` knows what all cards share: albums, and whether the mediator can be heard. */
  constructor(data, context) {
    this.context = context;
    this.data = data;
    this.element = document.createElement("article");
    this.element.className = "card";
    this.element.dataset.testid = "display-card";
    this.element.dataset.display = data.id;
    this.element.card = this;
    this.isFilled = false;
    this.outline();
  }

  update(data) {
    if (JSON.stringify(this.data.command) !== JSON.stringify(data.command)) this.commandAt = Date.now();
    this.data = data;
    this.outline();
    if (this.isFilled) this.fill();
  }

  /** What can be known of a card without its body. */
  outline() {
    this.element.dataset.liveness = stateOf(this.data);
    this.element.setAttribute("aria-label", "Display " + this.data.name);
  }

  reveal() {
    if (this.isFilled) return;
    this.isFilled = true;
    this.element.append(bodyTemplate.cloneNode(true));
    this.element.querySelector(".more").addEventListener("toggle", (event) => event.target.open && this.openMore());
    this.fill();
  }

  fill() {
    const { data, element, context } = this;
    const name = set(element, "name", data.name);
    const address = "/displays/" + encodeURIComponent(data.id);
    if (name.getAttribute("href") !== address) name.href = address;
    set(element, "live", liveWords(data));
    const [state, words] = deliveryWords(data, context.mediator);
    set(element, "delivery", words).dataset.state = state;
    set(element, "showing", showingName(data)).title = showingName(data);
    set(element, "next", nextWords(data));
    const warning = set(element, "warning", data.warning ?? "");
    warning.hidden = !data.warning;
    this.fillPicture();
    this.fillCommand();
    this.fillAlbums();
    const pause = element.querySelector('[data-action="pause"]');
    const label = data.paused ? "Resume" : "Pause";
    if (pause.title !== label) {
      pause.title = label;
      pause.setAttribute("aria-label", label);
      pause.querySelector("use").setAttribute("href", data.paused ? "#i-play" : "#i-pause");
    }
    element.querySelector('[data-setting="power"]').checked = !data.off;
    if (element.querySelector(".more").open) this.fillFacts();
  }

  fillPicture() {
    const { data, element } = this;
    const image = element.querySelector('[data-field="photo"]');
    const none = set(element, "none", noteWords(data));
    const address = thumbnail(data) || (data.showing && this.shotOf === data.showing && this.shot);
    image.hidden = !address;
    none.hidden = Boolean(address);
    image.alt = showingName(data);
    if (!address) {
      this.askForShot();
      return;
    }
    if (image.getAttribute("src") === address) return;
    if (!image.hasAttribute("src")) {
      image.src = address;
      return;
    }
    // Decoded first, so that the card goes from picture to picture without a gap.
    const next = new Image();
    next.src = address;
    next.decode().catch(() => {}).finally(() => {
      if (thumbnail(this.data) === address || this.shot === address) image.src = address;
    });
  }

  /** A photo that the library does not have: what the screen itself shows then, asked for once. */
  async askForShot() {
    const name = this.data.showing;
    if (!name || this.shotOf === name || ["offline", "new", "unknown", "dark"].includes(stateOf(this.data))) return;
    this.shotOf = name;
    if (this.shot) URL.revokeObjectURL(this.shot);
    this.shot = null;
    const picture = await this.context.screenPicture(this.data.id).catch(() => null);
    if (!picture || this.shotOf !== name) return;
    this.shot = URL.createObjectURL(picture);
    this.fillPicture();
  }

  fillCommand() {
    const command = this.data.command;
    const words = commandWords(command);
    const isOld = command?.state === "done" && Date.now() - (this.commandAt ?? 0) > READING_MS;
    const line = set(this.element, "command", words && !isOld ? words : "");
    line.hidden = !words || isOld;
    line.dataset.state = command?.state ?? "";
    clearTimeout(this.commandTimer);
    if (words && !isOld && command.state === "done") {
      this.commandTimer = setTimeout(() => this.fillCommand(), READING_MS + 100);
    }
  }

  fillAlbums() {
    const select = this.element.querySelector('[data-setting="album"]');
    if (this.albums !== this.context.albums) {
      this.albums = this.context.albums;
      select.replaceChildren(select.options[0], ...this.albums.map(([id, name]) => new Option(name, id)));
    }
    if (select !== document.activeElement || select.dataset.sent) select.value = String(this.data.ownAlbum ?? this.data.album ?? "");
    delete select.dataset.sent;
  }

  openMore() {
    const more = this.element.querySelector(".more");
    if (!more.querySelector(".more-body")) more.append(moreTemplate.cloneNode(true));
    more.querySelector('[data-field="settings"]').href = "/displays/" + encodeURIComponent(this.data.id);
    this.fillFacts();
  }

  async fillFacts() {
    const display = await api("GET", "displays/" + encodeURIComponent(this.data.id)).catch(() => null);
    const list = this.element.querySelector('[data-field="facts"]');
    if (!display || !list) return;
    list.replaceChildren(...factRows(display).flatMap(([name, value]) => [
      Object.assign(document.createElement("dt"), { textContent: name }),
      Object.assign(document.createElement("dd"), { textContent: value }),
    ]));
  }
}

