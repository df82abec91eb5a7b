// What can be done with a display from its card. What becomes of it is told by the card itself.
import { act, api, ask } from "./app.js";

export const change = (id, body) => api("PATCH", "displays/" + encodeURIComponent(id), body);
export const order = (id, name, body) => api("POST", `displays/${encodeURIComponent(id)}/${name}`, body ?? {});

/** Pictures are asked for one after the other: a wall of displays must not send all of theirs at once. */
let turn = Promise.resolve();

export function screenPicture(id) {
  const picture = turn.then(async () => {
    const { request } = await order(id, "picture");
    const response = await fetch(`/api/v1/displays/${encodeURIComponent(id)}/picture/${request}`);
    if (!response.ok) throw new Error((await response.json()).detail);
    return response.blob();
  });
  turn = picture.catch(() => {});
  return picture;
}

async function picture(card) {
  const dialog = document.querySelector(".viewer");
  const image = dialog.querySelector("img");
  const note = dialog.querySelector(".viewer-note");
  image.removeAttribute("src");
  note.textContent = "Asking the display…";
  dialog.showModal();
  try {
    const address = URL.createObjectURL(await screenPicture(card.id));
    image.onload = () => URL.revokeObjectURL(address);
    image.src = address;
    note.textContent = `${card.name}, ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    note.textContent = error.message;
  }
}

/** Chooses one of a display's own photos and shows it. */
function choose(card) {
  const dialog = document.querySelector('[data-testid="show-dialog"]');
  const grid = dialog.querySelector(".grid");
  const note = dialog.querySelector('[data-testid="show-note"]');
  const more = dialog.querySelector('[data-testid="show-more"]');
  const search = dialog.querySelector("input");
  let next = null;
  let request = 0;

  async function load(after) {
    const mine = request += 1;
    const query = new URLSearchParams({ text: search.value.trim() });
    if (after) query.set("after", after);
    const page = await api("GET", `displays/${encodeURIComponent(card.id)}/photos?${query}`);
    if (mine !== request) return;
    const tiles = page.photos.map((photo) => {
      const button = document.createElement("button");
      button.className = "tile";
      button.dataset.testid = "show-photo";
      button.title = photo.name;
      button.dataset.photo = photo.id;
      const image = new Image();
      image.loading = "lazy";
      image.alt = photo.name;
      image.src = photo.thumbnail;
      button.append(image);
      return button;
    });
    if (after) grid.append(...tiles);
    else grid.replaceChildren(...tiles);
    note.textContent = grid.childElementCount ? "" : search.value ? "None of its photos is called that." : "It was given no photos yet.";
    next = page.next ?? null;
    more.hidden = !next;
  }

  const events = new AbortController();
  const on = (target, name, handle) => target.addEventListener(name, handle, { signal: events.signal });
  dialog.querySelector("h2").textContent = `Show on ${card.name}`;
  search.value = "";
  grid.replaceChildren();
  note.textContent = "";
  on(search, "input", () => act(null, () => load()));
  on(more, "click", () => act(more, () => load(next)));
  on(grid, "click", (event) => {
    const tile = event.target.closest("[data-photo]");
    if (!tile) return;
    dialog.close();
    act(null, () => order(card.id, "show", { photo: Number(tile.dataset.photo) }));
  });
  on(dialog, "close", () => events.abort());
  dialog.showModal();
  return load();
}

async function reboot(card) {
  const text = `The computer behind ${card.name} starts anew. Its screen is dark meanwhile, for a minute or so.`;
  if (await ask("Reboot this display?", text, "Reboot")) await order(card.id, "reboot");
}

async function remove(card) {
  const text = `${card.name} loses its credentials, forgets its photos and shows a new code. The photos stay here.`;
  if (await ask("Remove this display?", text, "Remove")) await api("DELETE", "displays/" + encodeURIComponent(card.id));
}

/** By the name on the button. */
export const actions = {
  next: (card) => order(card.id, "next"),
  previous: (card) => order(card.id, "previous"),
  pause: (card) => order(card.id, card.paused ? "resume" : "pause"),
  identify: (card) => order(card.id, "identify"),
  "restart-screen": (card) => order(card.id, "restart-screen"),
  reboot,
  picture,
  choose,
  remove,
};
