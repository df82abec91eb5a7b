import { act, api, ask, changed, follow, offerKeywords, say } from "./app.js";
import { watchSelection } from "./batch.js";
import { Grid } from "./grid.js";
import { look } from "./look.js";
import { editRule } from "./rules.js";
import { acceptUploads } from "./uploads.js";

const element = document.querySelector("main > .grid");
const id = element.dataset.album;
const isOrdered = element.dataset.ordered !== undefined;
const nothing = document.querySelector(".empty");
let isLeaving = false;
const grid = new Grid(element, document.querySelector('[data-testid="load-more"]'), () => ({ album: id }));

async function refresh() {
  const page = await grid.refresh();
  document.querySelector('[data-testid="photo-count"]').textContent = page.total;
  nothing.hidden = element.children.length > 0;
}

/** Moves photos of the album to before another one, or to the end. */
async function place(photos, before) {
  changed(await api("POST", `albums/${id}/order`, { photos, before: before ?? undefined }), refresh);
  await refresh();
}

/** One step earlier or later, all selected together. */
async function move(photos, direction) {
  const order = grid.ids().map(Number);
  const chosen = new Set(photos);
  const moving = order.filter((photo) => chosen.has(photo));
  const rest = order.filter((photo) => !chosen.has(photo));
  const first = order.findIndex((photo) => chosen.has(photo));
  const at = rest.findIndex((photo) => order.indexOf(photo) > first);
  const from = at < 0 ? rest.length : at;
  const to = Math.min(Math.max(from + direction, 0), rest.length);
  await place(moving, rest[to]);
  element.querySelector(`[data-photo="${moving[0]}"] input`)?.focus();
}

watchSelection(grid, {
  refresh,
  open: (tile) => look(tile, refresh),
  move: isOrdered ? move : undefined,
  takeOut: async (photos) => {
    changed(await api("DELETE", `albums/${id}/photos`, { photos }), refresh);
    grid.clear();
    await refresh();
  },
});

if (isOrdered) {
  // A selected photo takes the others that are selected along.
  let dragged = null;
  const tileAt = (event) => event.target.closest?.(".tile");
  element.addEventListener("pointerdown", (event) => {
    const tile = tileAt(event);
    if (tile && event.pointerType === "mouse") tile.draggable = true;
  });
  element.addEventListener("dragstart", (event) => {
    const tile = tileAt(event);
    if (!tile) return;
    const own = Number(tile.dataset.photo);
    const selected = grid.selected();
    dragged = selected.includes(own) ? selected : [own];
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", tile.title);
    tile.classList.add("dragged");
  });
  const clearMarks = () => { for (const tile of element.querySelectorAll(".drop-before, .drop-after")) tile.classList.remove("drop-before", "drop-after"); };
  const isAfter = (event, tile) => event.clientX > tile.getBoundingClientRect().left + tile.offsetWidth / 2;
  element.addEventListener("dragover", (event) => {
    const tile = tileAt(event);
    if (!dragged || !tile) return;
    event.preventDefault();
    clearMarks();
    tile.classList.add(isAfter(event, tile) ? "drop-after" : "drop-before");
  });
  element.addEventListener("drop", (event) => {
    const tile = tileAt(event);
    if (!dragged || !tile) return;
    event.preventDefault();
    const before = isAfter(event, tile) ? tile.nextElementSibling : tile;
    const photos = dragged;
    act(null, () => place(photos, before ? Number(before.dataset.photo) : null));
  });
  element.addEventListener("dragend", () => {
    dragged = null;
    clearMarks();
    for (const tile of element.querySelectorAll(".dragged")) tile.classList.remove("dragged");
  });
  acceptUploads(() => id, () => act(null, refresh));
}
offerKeywords();

// Adding photos that are already here.
const chooser = document.querySelector(".chooser");
const chooserGrid = chooser.querySelector(".grid");
const add = chooser.querySelector('[data-action="chooser-add"]');
const choice = new Grid(chooserGrid, chooser.querySelector('[data-testid="chooser-more"]'), () => ({}));

const picked = () => [...chooserGrid.querySelectorAll("input:checked")].map((input) => Number(input.value));

chooserGrid.addEventListener("change", () => {
  const count = picked().length;
  add.disabled = count === 0;
  add.textContent = count ? `Add ${count}` : "Add";
  chooserGrid.classList.toggle("picking", count > 0);
});
document.querySelector('[data-action="choose"]')?.addEventListener("click", (event) => {
  chooserGrid.replaceChildren();
  choice.next = null;
  choice.clear();
  chooser.showModal();
  act(event.currentTarget, () => choice.load());
});
chooser.querySelector('[data-action="chooser-close"]').addEventListener("click", () => chooser.close());
add.addEventListener("click", () => act(add, async () => {
  changed(await api("POST", `albums/${id}/photos`, { photos: picked() }), refresh);
  chooser.close();
  await refresh();
}));

document.querySelector('[data-action="edit-rule"]')?.addEventListener("click", (event) => act(event.currentTarget, async () => {
  const album = await api("GET", "albums/" + id);
  await editRule({
    rule: album.rule, album: album.id,
    save: async (name, rule) => {
      await api("PATCH", "albums/" + id, { rule });
      await refresh();
      say("The rule is saved.");
    },
  });
}));

const rename = document.querySelector('[data-form="rename"]');
rename.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const album = await api("PATCH", "albums/" + id, { name: new FormData(rename).get("name") });
    document.querySelector("h1").textContent = album.name;
    say("Renamed.");
  });
});
document.querySelector('[data-action="delete"]').addEventListener("click", async (event) => {
  const button = event.currentTarget;
  if (!(await ask("Delete this album?", "Its photos stay in the library. Displays that show it keep their last picture.", "Delete"))) return;
  act(button, async () => {
    isLeaving = true;
    await api("DELETE", "albums/" + id).catch((error) => { isLeaving = false; throw error; });
    location.assign("/albums");
  });
});

// What the page itself has just deleted it asks for no more.
const current = () => (isLeaving ? undefined : act(null, refresh));
follow({ snapshot: current, photos: current, albums: current });
