// One display's own page: every setting applies as it is moved.
import { act, api, csrfToken, follow } from "./app.js";
import { history } from "./history.js";
import { hoursLine } from "./hours.js";
import { schedule } from "./schedule.js";
import { Writer } from "./writer.js";

const desk = document.querySelector(".desk");
const id = desk.dataset.own;
const path = "displays/" + encodeURIComponent(id);
const saving = document.querySelector('[data-testid="saving"]');
const now = document.querySelector('[data-testid="now"]');
const why = document.querySelector('[data-testid="why"]');
const tops = new Set(["name", "album", "power"]);
let display = null;

// ---- Writing

function body(values) {
  const top = Object.fromEntries(Object.entries(values).filter(([name]) => tops.has(name)));
  const settings = Object.fromEntries(Object.entries(values).filter(([name]) => !tops.has(name)));
  return Object.keys(settings).length ? { ...top, settings } : top;
}

function errorOf(name) {
  const setting = document.querySelector(`[data-setting-name="${CSS.escape(name)}"]`)
    ?? document.querySelector(`[data-name="${CSS.escape(name)}"], [data-top="${CSS.escape(name)}"]`)?.closest(".setting");
  return setting?.querySelector(".setting-error");
}

function complain(name, text) {
  const line = errorOf(name);
  if (!line) return;
  line.textContent = text;
  line.hidden = !text;
}

const writer = new Writer({
  async send(values, isLast) {
    if (isLast) {
      // The page is about to go: the browser sends this on its own.
      fetch("/api/v1/" + path, {
        method: "PATCH", keepalive: true, body: JSON.stringify(body(values)),
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
      });
      return;
    }
    show(await api("PATCH", path, body(values)));
    for (const name of Object.keys(values)) complain(name, "");
  },
  told(state) {
    saving.dataset.state = state;
    saving.textContent = { saving: "Saving…", waiting: "Not saved yet; trying again…", saved: "Saved" }[state];
    if (state === "saved") edits();
  },
  refused(values, error) {
    const names = Object.keys(values);
    const named = names.filter((name) => error.message.includes(name));
    for (const name of named.length ? named : names) complain(name, error.message);
  },
});

/** What a control says; undefined where it says nothing that can be sent. */
function read(control) {
  if (control.dataset.kind === "flag") return control.checked;
  if (control.dataset.kind !== "number") return control.value;
  return control.value === "" || !Number.isFinite(Number(control.value)) ? undefined : Number(control.value);
}

function set(control) {
  const name = control.dataset.name;
  if (!control.checkValidity()) {
    const label = document.querySelector(`label[for="s-${name}"]`).textContent;
    complain(name, control.min ? `${label} must be ${control.min} to ${control.max}.` : `${label}: ${control.validationMessage}`);
    return;
  }
  const value = read(control);
  if (value === undefined) return;
  complain(name, "");
  writer.set({ [name]: value });
}

document.addEventListener("input", (event) => {
  const control = event.target;
  if (control.dataset.slider) {
    const number = document.getElementById("s-" + control.dataset.slider);
    number.value = control.value;
    set(number);
  } else if (control.dataset.name && control.dataset.kind === "number") {
    const slider = document.getElementById("r-" + control.dataset.name);
    if (slider) slider.value = control.value;
    set(control);
  }
});

document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.dataset.name && control.dataset.kind !== "number") return set(control);
  if (control.dataset.name && control.tagName === "SELECT") return set(control);
  const parts = control.closest("[data-parts]");
  if (parts) writer.set({ [parts.dataset.parts]: [...parts.querySelectorAll("input:checked")].map((box) => box.value) });
  if (control.dataset.top === "album") writer.set({ album: control.value ? Number(control.value) : null });
  if (control.dataset.top === "power") writer.set({ power: control.checked ? "on" : "off" });
});

// ---- Hours

function writeHours(kind) {
  const rows = [...document.querySelector(`[data-hours="${kind}"]`).children];
  const lines = rows.map((row) => row.read());
  const bad = lines.find((line) => !line.from || !line.to || (line.days && !line.days.length));
  complain(kind, bad ? "Each line needs both times, and a day at least." : "");
  if (!bad) writer.set({ [kind]: lines });
}

function fillHours(kind, lines) {
  const list = document.querySelector(`[data-hours="${kind}"]`);
  if (list.contains(document.activeElement) || writer.has(kind)) return;
  const present = [...list.children].map((row) => row.read());
  const plain = (line) => JSON.stringify(Object.entries(line).sort());
  const same = present.length === lines.length && present.every((line, index) => plain(line) === plain(lines[index]));
  if (!same) list.replaceChildren(...lines.map((line) => hoursLine(kind, line, () => writeHours(kind))));
}

for (const [kind, line] of [["sleep", { from: "22:00", to: "07:00" }], ["dim", { from: "20:00", to: "22:00", brightness: 0.5 }]]) {
  document.querySelector(`[data-action="add-${kind}"]`).addEventListener("click", () => {
    document.querySelector(`[data-hours="${kind}"]`).append(hoursLine(kind, line, () => writeHours(kind)));
    writeHours(kind);
  });
}

// ---- Showing

function text(field, value) {
  const element = document.querySelector(`[data-field="${field}"]`);
  if (element && element.textContent !== (value ?? "")) element.textContent = value ?? "";
}

function fillControls() {
  for (const control of document.querySelectorAll("[data-name]")) {
    const name = control.dataset.name;
    if (control === document.activeElement || writer.has(name) || !(name in display.settings)) continue;
    const value = display.settings[name];
    if (control.dataset.kind === "flag") control.checked = value === true;
    // The three adjustments are decimals in strings.
    else control.value = control.dataset.kind === "number" ? Number(value) : value;
    const slider = document.getElementById("r-" + name);
    if (slider && slider !== document.activeElement) slider.value = Number(value);
  }
  for (const parts of document.querySelectorAll("[data-parts]")) {
    if (writer.has(parts.dataset.parts)) continue;
    for (const box of parts.querySelectorAll("input")) box.checked = display.settings[parts.dataset.parts].includes(box.value);
  }
  fillHours("sleep", display.settings.sleep);
  fillHours("dim", display.settings.dim);
  const album = document.querySelector('[data-top="album"]');
  if (album !== document.activeElement && !writer.has("album")) album.value = String(display.album ?? "");
  const power = document.querySelector('[data-top="power"]');
  if (!writer.has("power")) power.checked = display.power === "on";
}

function fillPhoto() {
  const image = document.querySelector('[data-field="photo"]');
  const none = document.querySelector('[data-field="none"]');
  const address = display.showingThumbnail;
  image.hidden = !address;
  none.hidden = Boolean(address);
  none.textContent = display.screenNote;
  image.alt = display.showingName ?? "";
  if (address && image.getAttribute("src") !== address) image.src = address;
}

const edits = (() => {
  const read = history(path, document.querySelector('[data-testid="history"]'), () => act(null, async () => show(await api("GET", path))));
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => act(null, read), 300);
  };
})();

const plan = schedule(path, { saved: edits });
let planned = "";
let explained = "";

/** The week follows from settings that may have been changed anywhere. */
function plans() {
  const { sleep, dim, time_zone: zone } = display.settings;
  const key = JSON.stringify([sleep, dim, zone, display.album, display.group, display.shownAlbum]);
  if (key === planned) return;
  const isFirst = planned === "";
  planned = key;
  if (!isFirst) act(null, plan.refresh);
}

async function explain() {
  if (!display.showingName) return;
  const answer = await api("GET", path + "/why");
  why.replaceChildren(...answer.sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
}

function show(view) {
  display = view;
  now.dataset.liveness = display.liveness;
  text("name", display.name);
  document.title = display.name + " · Vitrine";
  text("livenessText", display.livenessText);
  text("showing", display.showingName);
  text("delivery", display.deliveryText);
  document.querySelector('[data-field="delivery"]').dataset.state = display.deliveryState;
  fillPhoto();
  fillControls();
  plans();
  const key = [display.showingName, display.shownAlbum, display.group].join("|");
  if (key !== explained) {
    explained = key;
    act(null, explain);
  }
}

desk.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button && ["next", "previous", "identify"].includes(button.dataset.action)) {
    act(button, () => api("POST", `${path}/${button.dataset.action}`, {}));
  }
});

// The clock of the display itself, so that "Sunday at 8" is its Sunday.
document.querySelector('[data-form="plan"]').elements.at.value = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16);

const zones = document.getElementById("zone-list");
zones.replaceChildren(...(Intl.supportedValuesOf?.("timeZone") ?? []).map((zone) => Object.assign(document.createElement("option"), { value: zone })));
document.getElementById("s-time_zone")?.setAttribute("list", "zone-list");

async function albums() {
  const select = document.querySelector('[data-top="album"]');
  const { albums: all } = await api("GET", "albums");
  const wanted = [["", "No album"], ...all.map((album) => [String(album.id), album.name])];
  if (JSON.stringify(wanted) !== JSON.stringify([...select.options].map((option) => [option.value, option.textContent]))) {
    select.replaceChildren(...wanted.map(([value, label]) => new Option(label, value)));
    select.value = String(display?.album ?? "");
  }
  await plan.reload();
}

follow({
  snapshot({ displays }) {
    const view = displays.find((one) => one.id === id);
    if (!view) return location.assign("/displays");
    show(view);
    act(null, albums);
    edits();
  },
  display(view) { if (view.id === id) show(view); },
  "display-removed": (gone) => { if (gone.id === id) location.assign("/displays"); },
  albums: () => act(null, albums),
  groups: () => act(null, plan.refresh),
}, { view: "displays" });
