// The wall: every display with what it shows, how it is, and what became of each change.
import { act, api, follow } from "./app.js";
import { Card } from "./wall-card.js";
import { actions, change, screenPicture } from "./wall-orders.js";
import { showingName, stateOf, states, upkeepWords, urgency } from "./wall-words.js";

const wall = document.querySelector(".wall");
const tools = document.querySelector(".wall-tools");
const chips = document.querySelector(".chips");
const start = JSON.parse(document.getElementById("wall-data").textContent);

/** What all cards share. */
const context = { albums: start.albums, groups: start.groups, mediator: true, screenPicture };
/** Every display's card by its id. */
const cards = new Map();
const filter = { state: "", text: "", album: "", group: "", sort: "name" };

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    entry.target.card.reveal();
    near.unobserve(entry.target);
  }
}, { rootMargin: "900px 0px" });

// MARK: Order and filter

const names = new Intl.Collator([], { numeric: true, sensitivity: "base" });
const nameIn = (list, id) => list.find(([known]) => known === id)?.[1] ?? "";
const albumName = (id) => nameIn(context.albums, id);
const byName = (a, b) => names.compare(a.data.name, b.data.name) || (a.data.id < b.data.id ? -1 : 1);
const orders = {
  name: byName,
  state: (a, b) => urgency.indexOf(stateOf(a.data)) - urgency.indexOf(stateOf(b.data)) || byName(a, b),
  change: (a, b) => (a.data.due ?? Infinity) - (b.data.due ?? Infinity) || byName(a, b),
  album: (a, b) => names.compare(albumName(a.data.album), albumName(b.data.album)) || byName(a, b),
};

function matches({ data }) {
  if (filter.state && stateOf(data) !== filter.state) return false;
  if (filter.album && String(data.album ?? "none") !== filter.album) return false;
  if (filter.group && String(data.group) !== filter.group) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${data.name} ${data.id} ${showingName(data)} ${albumName(data.album)} ${nameIn(context.groups, data.group)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

let isScheduled = false;

/** Many changes at once become one look at the order, before the next frame. */
function arrange() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    const shown = [...cards.values()].filter(matches).sort(orders[filter.sort] ?? byName).map((card) => card.element);
    if (shown.length !== wall.children.length || shown.some((element, index) => element !== wall.children[index])) {
      place(shown);
    }
    count(shown.length);
  });
}

/** Moves as few cards as it can: what is under somebody's hands keeps its focus. */
function place(shown) {
  const wanted = new Set(shown);
  for (const element of [...wall.children]) if (!wanted.has(element)) element.remove();
  let at = wall.firstElementChild;
  for (const element of shown) {
    if (element === at) at = at.nextElementSibling;
    else wall.insertBefore(element, at);
    if (!element.card.isFilled) near.observe(element);
  }
}

function count(shown) {
  const tally = new Map();
  for (const { data } of cards.values()) tally.set(stateOf(data), (tally.get(stateOf(data)) ?? 0) + 1);
  const away = ["offline", "new", "unknown"].reduce((sum, state) => sum + (tally.get(state) ?? 0), 0);
  const text = cards.size ? `${cards.size - away} of ${cards.size} online` : "";
  const line = document.querySelector(".tally");
  if (line.textContent !== text) line.textContent = text;
  tools.hidden = cards.size < 2;
  document.querySelector('[data-testid="no-displays"]').hidden = cards.size > 0;
  document.querySelector('[data-testid="none-found"]').hidden = cards.size === 0 || shown > 0;
  const kinds = [["", "All", cards.size], ...Object.keys(states).filter((state) => tally.has(state) || filter.state === state)
    .map((state) => [state, states[state], tally.get(state) ?? 0])];
  chips.hidden = kinds.length < 3 && !filter.state;
  const seen = JSON.stringify([kinds, filter.state]);
  if (chips.dataset.seen === seen) return;
  chips.dataset.seen = seen;
  const focused = document.activeElement?.closest?.("[data-state-chip]")?.dataset.stateChip;
  chips.replaceChildren(...kinds.map(([state, name, number]) => {
    const chip = document.createElement("button");
    chip.className = "chip";
    chip.dataset.stateChip = state;
    chip.dataset.liveness = state;
    chip.dataset.testid = "state-chip";
    chip.setAttribute("aria-pressed", String(filter.state === state));
    chip.append(Object.assign(document.createElement("i"), { ariaHidden: "true" }), `${name} `, Object.assign(document.createElement("b"), { textContent: number }));
    return chip;
  }));
  if (focused !== undefined) chips.querySelector(`[data-state-chip="${focused}"]`)?.focus();
}

/** Menus of what there is, the present choice kept. */
function fillMenus() {
  const albumMenu = tools.elements.album;
  albumMenu.replaceChildren(new Option("All albums", ""), ...context.albums.map(([id, name]) => new Option(name, id)), new Option("No album", "none"));
  albumMenu.value = filter.album;
  const groupMenu = tools.elements.group;
  groupMenu.closest("label").hidden = context.groups.length === 0;
  groupMenu.replaceChildren(new Option("All groups", ""), ...context.groups.map(([id, name]) => new Option(name, id)));
  groupMenu.value = filter.group;
}

/** The address says what is looked at, so that it can be kept and sent. */
function remember() {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value && !(name === "sort" && value === "name")) query.set(name, value);
  history.replaceState(null, "", query.size ? "?" + query : location.pathname);
  arrange();
}

function recall() {
  const query = new URLSearchParams(location.search);
  for (const name of Object.keys(filter)) filter[name] = query.get(name) ?? filter[name];
  tools.elements.text.value = filter.text;
  tools.elements.sort.value = filter.sort in orders ? filter.sort : "name";
}

// MARK: What is told

function show(data) {
  const card = cards.get(data.id);
  if (card) card.update(data);
  else cards.set(data.id, new Card(data, context));
  arrange();
}

function forget(id) {
  cards.get(id)?.element.remove();
  cards.delete(id);
  arrange();
}

function showAll({ displays, mediator, upkeep }) {
  const known = new Set(displays.map((data) => data.id));
  for (const id of [...cards.keys()]) if (!known.has(id)) forget(id);
  hear(mediator);
  tend(upkeep);
  for (const data of displays) show(data);
  fillMenus();
}

function hear(isConnected) {
  document.querySelector('[data-testid="store-state"]').hidden = isConnected;
  if (context.mediator === isConnected) return;
  context.mediator = isConnected;
  for (const card of cards.values()) if (card.isFilled) card.fill();
}

function tend(report) {
  const { line, alarm } = upkeepWords(report);
  const below = document.querySelector('[data-testid="upkeep"]');
  below.textContent = line;
  below.hidden = !line;
  const above = document.querySelector('[data-testid="upkeep-alarm"]');
  above.textContent = alarm;
  above.hidden = !alarm;
}

/** Names that cards and menus use. */
async function refreshNames() {
  const [{ albums }, { groups }] = await Promise.all([api("GET", "albums"), api("GET", "groups")]);
  context.albums = albums.map(({ id, name }) => [id, name]);
  context.groups = groups.map(({ id, name }) => [id, name]);
  for (const card of cards.values()) if (card.isFilled) card.fill();
  fillMenus();
  arrange();
}

// MARK: What people do

wall.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button) act(button, () => actions[button.dataset.action](button.closest(".card").card.data));
});

wall.addEventListener("change", (event) => {
  const control = event.target;
  const { id } = control.closest(".card").card.data;
  if (control.dataset.setting === "album") {
    control.dataset.sent = "yes";
    act(control, () => change(id, { album: control.value ? Number(control.value) : null }));
  } else if (control.dataset.setting === "power") {
    act(control, () => change(id, { power: control.checked ? "on" : "off" }));
  }
});

tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("input", (event) => {
  if (!(event.target.name in filter)) return;
  filter[event.target.name] = event.target.value;
  remember();
});

chips.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-state-chip]");
  if (!chip) return;
  filter.state = chip.dataset.stateChip;
  remember();
});

document.querySelector('[data-action="show-all"]').addEventListener("click", () => {
  Object.assign(filter, { state: "", text: "", album: "", group: "" });
  tools.reset();
  fillMenus();
  remember();
});

recall();
showAll(start.wall);
follow({
  snapshot: (all) => { showAll(all); act(null, refreshNames); },
  display: show,
  "display-removed": ({ id }) => forget(id),
  mediator: ({ connected }) => hear(connected),
  upkeep: tend,
  albums: () => act(null, refreshNames),
  groups: () => act(null, refreshNames),
}, { view: "cards", after: start.wall.cursor });
