// One group's page: who is in it, what they show, and when.
import { act, api, ask, csrfToken, follow } from "./app.js";
import { history } from "./history.js";
import { element } from "./hours.js";
import { schedule } from "./schedule.js";
import { Writer } from "./writer.js";

const desk = document.querySelector("[data-group]");
const path = "groups/" + desk.dataset.group;
const saving = document.querySelector('[data-testid="saving"]');
const members = document.querySelector('[data-testid="members"]');
const adding = document.querySelector('[data-form="add"]');
const renaming = document.querySelector('[data-form="rename"]');
const problem = document.querySelector('[data-testid="group-problem"]');
const controls = [...document.querySelectorAll("[data-group-setting]")];
const tops = new Set(["name", "album", "mode", "inStep", "displays"]);
const displays = new Map();
let group = null;

function body(values) {
  const entries = Object.entries(values);
  const settings = Object.fromEntries(entries.filter(([name]) => !tops.has(name)));
  const top = Object.fromEntries(entries.filter(([name]) => tops.has(name)));
  return Object.keys(settings).length ? { ...top, settings } : top;
}

const read = history(path, document.querySelector('[data-testid="history"]'), () => act(null, reload));
const plan = schedule(path, { saved: () => act(null, reload), askable: false });

const writer = new Writer({
  async send(values, isLast) {
    if (isLast) {
      fetch("/api/v1/" + path, {
        method: "PATCH", keepalive: true, body: JSON.stringify(body(values)),
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
      });
      return;
    }
    show(await api("PATCH", path, body(values)));
    problem.hidden = true;
  },
  told(state) {
    saving.textContent = { saving: "Saving…", waiting: "Not saved yet; trying again…", saved: "Saved" }[state];
    if (state === "saved") act(null, async () => { await read(); await plan.refresh(); });
  },
  refused(values, error) {
    problem.textContent = error.message;
    problem.hidden = false;
    act(null, reload);
  },
});

const order = () => [...members.children].map((item) => item.dataset.member);

function member(one, index, all) {
  const item = element("li", { attributes: { "data-member": one.id, "data-testid": "member" } },
    element("span", { className: "group-screens", attributes: { "aria-hidden": "true" } }, element("i")),
    element("a", { href: "/displays/" + encodeURIComponent(one.id) }, one.name),
    element("span", { className: "muted", attributes: { "data-testid": "member-share" } }, one.photos === undefined ? "" : one.photos === 1 ? "1 photo" : one.photos + " photos"));
  const button = (label, icon, testid, run) => {
    const made = element("button", { type: "button", className: "round quiet", title: label, attributes: { "aria-label": `${label}: ${one.name}`, "data-testid": testid } });
    made.innerHTML = `<svg aria-hidden="true"><use href="#${icon}"/></svg>`;
    made.addEventListener("click", run);
    return made;
  };
  const moved = (to) => {
    const wanted = order().filter((id) => id !== one.id);
    wanted.splice(to, 0, one.id);
    writer.set({ displays: wanted });
  };
  const up = button("Move before", "i-up", "member-up", () => moved(index - 1));
  const down = button("Move after", "i-down", "member-down", () => moved(index + 1));
  up.disabled = index === 0;
  down.disabled = index === all - 1;
  item.append(up, down);
  item.append(button("Take out", "i-close", "member-remove", () => writer.set({ displays: order().filter((id) => id !== one.id) })));
  return item;
}

function show(view) {
  group = view;
  document.title = group.name + " · Vitrine";
  document.querySelector('[data-field="name"]').textContent = group.name;
  document.querySelector('[data-field="text"]').textContent = group.text + ".";
  if (!writer.has("displays")) members.replaceChildren(...group.displays.map((one, index, all) => member(one, index, all.length)));
  for (const control of controls) {
    const name = control.dataset.groupSetting;
    if (control === document.activeElement && control.type !== "radio" && control.type !== "checkbox" || writer.has(name)) continue;
    const value = tops.has(name) ? group[name] : group.settings[name];
    if (control.type === "radio") control.checked = control.value === value;
    else if (control.type === "checkbox") control.checked = value;
    else control.value = value ?? "";
  }
  document.getElementById("g-step").disabled = group.mode === "same";
  document.querySelector('[data-testid="step-settings"]').hidden = !group.inStep;
  offer();
}

/** The displays that are not in it. */
function offer() {
  const present = new Set(group.displays.map((one) => one.id));
  const others = [...displays.values()].filter((one) => !present.has(one.id));
  const select = adding.elements.display;
  const kept = select.value;
  select.replaceChildren(...others.map((one) => new Option(one.group ? `${one.name} (in another group)` : one.name, one.id)));
  if (present.has(kept) === false && others.some((one) => one.id === kept)) select.value = kept;
  adding.hidden = others.length === 0;
}

for (const control of controls) {
  control.addEventListener(control.type === "number" ? "input" : "change", () => {
    const name = control.dataset.groupSetting;
    if (!control.checkValidity()) {
      problem.textContent = control.min ? `This must be ${control.min} to ${control.max}.` : control.validationMessage;
      problem.hidden = false;
      return;
    }
    problem.hidden = true;
    let value = control.value;
    if (control.type === "checkbox") value = control.checked;
    if (control.type === "number") value = Number(value);
    if (name === "album") value = value ? Number(value) : null;
    writer.set({ [name]: value });
  });
}

adding.addEventListener("submit", (event) => {
  event.preventDefault();
  const id = adding.elements.display.value;
  if (id) act(event.submitter, async () => show(await api("PATCH", path, { displays: [...order(), id] })));
});

renaming.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => show(await api("PATCH", path, { name: renaming.elements.name.value })));
});

document.querySelector('[data-action="delete"]').addEventListener("click", (event) => act(event.currentTarget, async () => {
  if (!await ask("Delete this group?", "Its displays stay, and show their own albums again.", "Delete")) return;
  await api("DELETE", path);
  location.assign("/groups");
}));

async function reload() {
  const view = await api("GET", path).catch((error) => {
    if (error.status === 404) location.assign("/groups");
    throw error;
  });
  show(view);
  const { albums } = await api("GET", "albums");
  const select = document.getElementById("g-album");
  const wanted = [["", "Each its own"], ...albums.map((album) => [String(album.id), album.name])];
  if (JSON.stringify(wanted) !== JSON.stringify([...select.options].map((option) => [option.value, option.textContent]))) {
    select.replaceChildren(...wanted.map(([value, label]) => new Option(label, value)));
    select.value = group.album ?? "";
  }
  await read();
  await plan.reload();
}

let timer = 0;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => act(null, reload), 200);
}

follow({
  snapshot(all) {
    displays.clear();
    for (const one of all.displays) displays.set(one.id, one);
    act(null, reload);
  },
  display(one) {
    const old = displays.get(one.id);
    displays.set(one.id, one);
    // A share is worked out when it is published.
    if (group && (old?.group !== one.group || old?.name !== one.name || old?.publishedRevision !== one.publishedRevision)) soon();
  },
  "display-removed": ({ id }) => { displays.delete(id); soon(); },
  albums: soon,
  groups: soon,
}, { view: "displays" });
