import { act, api, copy, follow } from "./app.js";
import { editRule } from "./rules.js";

const list = document.querySelector(".shelves");
const form = document.querySelector('[data-form="create"]');
const nothing = document.querySelector(".empty");

function shelf(album) {
  const element = copy("shelf-template");
  element.href = "/albums/" + album.id;
  element.dataset.album = album.id;
  element.querySelector('[data-field="name"]').textContent = album.name;
  element.querySelector(".smart-mark").hidden = !album.isSmart;
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

document.querySelector('[data-action="new-smart"]').addEventListener("click", (event) => act(event.currentTarget, () => editRule({
  name: "", rule: null,
  save: async (name, rule) => {
    const album = await api("POST", "albums", { name, rule });
    location.assign("/albums/" + album.id);
  },
})));

// An album of albums is a smart one that asks for their members.
const group = document.querySelector('[data-panel="group"]');
const groupForm = group.querySelector("form");
document.querySelector('[data-action="new-group"]').addEventListener("click", (event) => act(event.currentTarget, async () => {
  const { albums } = await api("GET", "albums");
  const set = groupForm.querySelector("fieldset");
  set.replaceChildren(set.firstElementChild, ...albums.map((album) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = album.id;
    label.append(box, " " + album.name);
    return label;
  }));
  groupForm.reset();
  group.showModal();
}));
group.querySelector('[data-action="group-cancel"]').addEventListener("click", () => group.close());
groupForm.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const any = [...groupForm.querySelectorAll("input:checked")].map((box) => ({ field: "album", is: "equals", value: box.value }));
    const album = await api("POST", "albums", { name: groupForm.elements.name.value, rule: { any } });
    location.assign("/albums/" + album.id);
  });
});

follow({ snapshot: () => act(null, refresh), albums: () => act(null, refresh) });
