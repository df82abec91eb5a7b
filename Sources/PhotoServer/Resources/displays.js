import { act, api, ask, copy, follow, say } from "./app.js";

const wall = document.querySelector(".wall");
const nothing = document.querySelector(".empty");
const tally = document.querySelector(".tally");

/** What is known of each display, newest wins. */
const displays = new Map();
let albums = [];

const cardOf = (id) => wall.querySelector(`[data-display="${CSS.escape(id)}"]`);

function setText(parent, field, text) {
  const element = parent.querySelector(`[data-field="${field}"]`);
  if (element && element.textContent !== text) element.textContent = text ?? "";
}

/** Never takes a value away from under somebody's hands. */
function setValue(control, value) {
  if (control !== document.activeElement && !control.closest("[data-dirty]")) control.value = value;
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function megabytes(bytes) {
  return bytes >= 1e9 ? (bytes / 1e9).toFixed(1) + " GB" : Math.round(bytes / 1e6) + " MB";
}

function fillPhoto(card, display) {
  const image = card.querySelector('[data-field="photo"]');
  const none = card.querySelector('[data-field="none"]');
  const address = display.showingThumbnail;
  image.hidden = !address;
  none.hidden = Boolean(address);
  none.textContent = display.screenNote;
  image.alt = display.showingName ?? "";
  if (!address || image.getAttribute("src") === address) return;
  // Decoded first, so that the card goes from picture to picture without a gap.
  const next = new Image();
  next.src = address;
  next.decode().catch(() => {}).finally(() => {
    if (displays.get(display.id)?.showingThumbnail === address) image.src = address;
  });
}

function fillFacts(card, display) {
  const facts = [
    ["Screen", display.size],
    ["Showing since", display.showingSince && clock(display.showingSince)],
    ["Next change", display.nextDue && clock(display.nextDue)],
    ["Address", display.ip],
    ["Version", display.version],
    ["Memory", display.memoryBytes && megabytes(display.memoryBytes)],
    ["Free space", display.freeBytes && megabytes(display.freeBytes)],
    ["Last order", display.lastCommand],
    ["Says", display.warnings.join(" · ")],
    ["Id", display.id],
  ];
  const list = card.querySelector('[data-field="facts"]');
  list.replaceChildren();
  for (const [name, value] of facts) {
    if (!value) continue;
    list.append(Object.assign(document.createElement("dt"), { textContent: name }));
    list.append(Object.assign(document.createElement("dd"), { textContent: value }));
  }
}

function fillAlbums(card, display) {
  const select = card.querySelector('[data-setting="album"]');
  const wanted = [["", "No album"], ...albums.map((album) => [String(album.id), album.name])];
  const present = [...select.options].map((option) => [option.value, option.textContent]);
  if (JSON.stringify(wanted) !== JSON.stringify(present)) {
    select.replaceChildren(...wanted.map(([value, text]) => new Option(text, value)));
  }
  if (select !== document.activeElement || select.dataset.sent) select.value = String(display.album ?? "");
  delete select.dataset.sent;
}

function fill(card, display) {
  card.dataset.display = display.id;
  card.dataset.liveness = display.liveness;
  card.setAttribute("aria-label", "Display " + display.name);
  setText(card, "name", display.name);
  setText(card, "livenessText", display.livenessText);
  setText(card, "showing", display.showingName);
  setText(card, "delivery", display.deliveryText);
  card.querySelector('[data-field="delivery"]').dataset.state = display.deliveryState;
  fillPhoto(card, display);
  fillFacts(card, display);
  fillAlbums(card, display);
  const pause = card.querySelector('[data-action="pause"]');
  const label = display.paused ? "Resume" : "Pause";
  if (pause.title !== label) {
    pause.title = label;
    pause.setAttribute("aria-label", label);
    pause.querySelector("use").setAttribute("href", display.paused ? "#i-play" : "#i-pause");
  }
  card.querySelector('[data-setting="power"]').checked = display.power === "on";
  for (const form of card.querySelectorAll("form")) {
    for (const control of form.elements) {
      if (control.name in display.settings) setValue(control, display.settings[control.name]);
    }
  }
  setValue(card.querySelector('[data-form="settings"] [name="name"]'), display.name);
}

function show(display) {
  displays.set(display.id, display);
  let card = cardOf(display.id);
  if (!card) {
    card = copy("display-template");
    fill(card, display);
    const after = [...wall.children].find((other) => {
      const known = displays.get(other.dataset.display);
      return known && known.name.localeCompare(display.name) > 0;
    });
    wall.insertBefore(card, after ?? null);
  } else {
    fill(card, display);
  }
  count();
}

function forget(id) {
  displays.delete(id);
  cardOf(id)?.remove();
  count();
}

function count() {
  const all = [...displays.values()];
  const alive = all.filter((display) => !["offline", "new", "unknown"].includes(display.liveness));
  nothing.hidden = all.length > 0;
  tally.textContent = all.length ? `${alive.length} of ${all.length} online` : "";
}

const change = (id, body) => api("PATCH", "displays/" + encodeURIComponent(id), body);
const order = (id, name, body) => api("POST", `displays/${encodeURIComponent(id)}/${name}`, body ?? {});

async function picture(id) {
  const dialog = document.querySelector(".viewer");
  const image = dialog.querySelector("img");
  const note = dialog.querySelector(".viewer-note");
  image.removeAttribute("src");
  note.textContent = "Asking the display…";
  dialog.showModal();
  try {
    const { request } = await order(id, "picture");
    const response = await fetch(`/api/v1/displays/${encodeURIComponent(id)}/picture/${request}`);
    if (!response.ok) throw new Error((await response.json()).detail);
    const address = URL.createObjectURL(await response.blob());
    image.onload = () => URL.revokeObjectURL(address);
    image.src = address;
    note.textContent = `${displays.get(id)?.name ?? "Display"}, ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    note.textContent = error.message;
  }
}

async function remove(id) {
  const name = displays.get(id)?.name ?? id;
  const text = `${name} loses its credentials, forgets its photos and shows a new code. The photos stay here.`;
  if (await ask("Remove this display?", text, "Remove")) await api("DELETE", "displays/" + encodeURIComponent(id));
}

const actions = {
  next: (id) => order(id, "next"),
  previous: (id) => order(id, "previous"),
  pause: (id) => order(id, displays.get(id)?.paused ? "resume" : "pause"),
  identify: (id) => order(id, "identify"),
  picture,
  remove,
};

wall.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (!button) return;
  const id = button.closest("[data-display]").dataset.display;
  act(button, () => actions[button.dataset.action](id));
});

wall.addEventListener("change", (event) => {
  const control = event.target;
  const id = control.closest("[data-display]").dataset.display;
  if (control.dataset.setting === "album") {
    control.dataset.sent = "yes";
    act(control, () => change(id, { album: control.value ? Number(control.value) : null }));
  } else if (control.dataset.setting === "power") {
    act(control, () => change(id, { power: control.checked ? "on" : "off" }));
  }
});

wall.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-form]");
  if (form) form.dataset.dirty = "yes";
});

wall.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const id = form.closest("[data-display]").dataset.display;
  const { name, ...settings } = Object.fromEntries(new FormData(form));
  if ("interval_time" in settings) settings.interval_time = Number(settings.interval_time);
  if ("rotation" in settings) settings.rotation = Number(settings.rotation);
  act(event.submitter, async () => {
    await change(id, name === undefined ? { settings } : { name, settings });
    delete form.dataset.dirty;
    say("Saved.");
  });
});

async function refreshAlbums() {
  albums = (await api("GET", "albums")).albums;
  for (const display of displays.values()) {
    const card = cardOf(display.id);
    if (card) fillAlbums(card, display);
  }
}

const storeState = document.querySelector('[data-testid="store-state"]');

follow({
  snapshot({ displays: all, mediator }) {
    storeState.hidden = mediator;
    const known = new Set(all.map((display) => display.id));
    for (const card of document.querySelectorAll("[data-display]")) {
      if (!known.has(card.dataset.display)) card.remove();
    }
    displays.clear();
    for (const display of all) displays.set(display.id, display);
    act(null, refreshAlbums).then(() => displays.forEach(show)).then(count);
  },
  display: show,
  "display-removed": ({ id }) => forget(id),
  mediator: ({ connected }) => { storeState.hidden = connected; },
  albums: () => act(null, refreshAlbums),
});
