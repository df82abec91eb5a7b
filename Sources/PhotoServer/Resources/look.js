// One photo at a time, large, with what is known of it and may be changed.
import { act, api, changed, keywordsOf } from "./app.js";

const dialog = document.querySelector(".look");
const form = dialog.querySelector("form.look-facts");
const image = dialog.querySelector("img");
const stars = dialog.querySelector(".stars");
let tile = null;
let detail = null;
let refreshPage = async () => {};

for (let rating = 1; rating <= 5; rating += 1) {
  const star = document.createElement("button");
  star.type = "button";
  star.className = "star";
  star.textContent = "★";
  star.setAttribute("role", "radio");
  star.setAttribute("aria-label", rating === 1 ? "1 star" : rating + " stars");
  star.addEventListener("click", () => change({ rating: detail.photo.rating === rating ? 0 : rating }, star));
  stars.append(star);
}

const size = (bytes) => (bytes >= 1e6 ? (bytes / 1e6).toFixed(1) + " MB" : Math.ceil(bytes / 1e3) + " kB");

function fact(name, value) {
  if (value === null || value === undefined || value === "") return [];
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.append(value);
  return [term, text];
}

function placeFact() {
  if (!detail.placeKnown) return [];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.dataset.testid = "look-place";
  button.textContent = detail.placeShown ? "Keep private" : "Show";
  button.addEventListener("click", () => change({ placeShown: !detail.placeShown }, button));
  const text = document.createElement("span");
  text.textContent = detail.place ? `${detail.place.latitude.toFixed(4)}, ${detail.place.longitude.toFixed(4)} ` : "Private ";
  text.append(button);
  return fact("Place", text);
}

function fill() {
  const photo = detail.photo;
  if (image.getAttribute("src") !== photo.preview) image.src = photo.preview;
  image.alt = photo.title || photo.name;
  dialog.setAttribute("aria-label", photo.name);
  form.elements.title.value = photo.title ?? "";
  form.elements.caption.value = photo.caption ?? "";
  form.elements.keywords.value = detail.keywords.join(", ");
  form.elements.taken.value = photo.taken ?? "";
  form.elements.name.value = photo.name;
  [...stars.children].forEach((star, index) => {
    star.classList.toggle("lit", index < photo.rating);
    star.setAttribute("aria-checked", String(index + 1 === photo.rating));
  });
  form.querySelector('[data-action="look-favourite"]').setAttribute("aria-pressed", String(photo.favourite));
  const offset = photo.takenOffsetMinutes;
  const zone = offset === null || offset === undefined ? null
    : `UTC${offset < 0 ? "−" : "+"}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0")}:${String(Math.abs(offset) % 60).padStart(2, "0")}`;
  form.querySelector("dl").replaceChildren(
    ...fact("Camera", photo.camera), ...fact("Lens", photo.lens), ...fact("Clock", zone),
    ...fact("Pixels", `${photo.width} × ${photo.height}`), ...fact("File", `${photo.format.toUpperCase()}, ${size(photo.bytes)}`),
    ...placeFact());
}

async function load() {
  detail = await api("GET", "photos/" + tile.dataset.photo);
  fill();
}

async function change(what, control) {
  await act(control, async () => {
    const answer = await api("POST", "photos/changes", { photos: [detail.photo.id], change: what });
    changed(answer, async () => {
      if (dialog.open) await load();
      await refreshPage();
    });
    await load();
    await refreshPage();
  });
}

/** Shows the photo of a tile; `refresh` brings the page up to date after a change. */
export function look(element, refresh) {
  tile = element;
  refreshPage = refresh;
  image.removeAttribute("src");
  act(null, async () => {
    await load();
    if (!dialog.open) dialog.showModal();
  });
}

function step(direction) {
  const next = direction > 0 ? tile.nextElementSibling : tile.previousElementSibling;
  if (next) look(next, refreshPage);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const photo = detail.photo;
  const what = {};
  const { title, caption, keywords, taken, name } = form.elements;
  if (title.value !== (photo.title ?? "")) what.title = title.value;
  if (caption.value !== (photo.caption ?? "")) what.caption = caption.value;
  if (keywords.value !== detail.keywords.join(", ")) what.keywords = keywordsOf(keywords.value);
  const clock = taken.value.length === 16 ? taken.value + ":00" : taken.value;
  if (clock !== (photo.taken ?? "")) what.taken = clock;
  if (name.value !== photo.name) what.name = name.value;
  if (Object.keys(what).length) change(what, event.submitter);
});
dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const action = button?.dataset.action;
  if (action === "look-previous") step(-1);
  else if (action === "look-next") step(1);
  else if (action === "look-favourite") change({ favourite: !detail.photo.favourite }, button);
  else if (action === "look-turn") change({ turn: 90 }, button);
  else if (action === "look-hide") change({ hidden: !detail.photo.hidden }, button).then(() => dialog.close());
  else if (action === "look-bin") change({ bin: !detail.photo.binned }, button).then(() => dialog.close());
});
dialog.addEventListener("keydown", (event) => {
  if (event.target.closest("input")) return;
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
});
dialog.addEventListener("close", () => tile?.querySelector("input").focus());
