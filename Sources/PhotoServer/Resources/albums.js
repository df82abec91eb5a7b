import { act, api, copy, follow } from "./app.js";

const list = document.querySelector(".shelves");
const form = document.querySelector('[data-form="create"]');
const nothing = document.querySelector(".empty");

function shelf(album) {
  const element = copy("shelf-template");
  element.href = "/albums/" + album.id;
  element.dataset.album = album.id;
  element.querySelector('[data-field="name"]').textContent = album.name;
  element.querySelector('[data-field="count"]').textContent = album.countText;
  element.querySelector(".shelf-cover").replaceChildren(...album.covers.map((address) => {
    const image = new Image();
    image.src = address;
    image.alt = "";
    return image;
  }));
  return element;
}

async function refresh() {
  const { albums } = await api("GET", "albums");
  list.replaceChildren(...albums.map(shelf));
  nothing.hidden = albums.length > 0;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = form.querySelector("input");
  act(form.querySelector("button"), async () => {
    await api("POST", "albums", { name: input.value });
    input.value = "";
    await refresh();
  });
});

follow({ snapshot: () => act(null, refresh), albums: () => act(null, refresh) });
