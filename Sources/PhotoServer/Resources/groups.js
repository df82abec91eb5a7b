import { act, api, copy, follow } from "./app.js";

const list = document.querySelector(".group-list");
const nothing = document.querySelector(".empty");
const form = document.querySelector('[data-form="create"]');

function card(group) {
  const element = copy("group-template");
  element.href = "/groups/" + group.id;
  element.dataset.group = group.id;
  element.querySelector('[data-field="name"]').textContent = group.name;
  element.querySelector('[data-field="text"]').textContent = group.text;
  element.querySelector('[data-field="screens"]').replaceChildren(...group.displays.map((display) => Object.assign(document.createElement("i"), { title: display.name })));
  return element;
}

async function refresh() {
  const { groups } = await api("GET", "groups");
  list.replaceChildren(...groups.map(card));
  nothing.hidden = groups.length > 0;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(form.querySelector("button"), async () => {
    const group = await api("POST", "groups", { name: form.elements.name.value });
    location.assign("/groups/" + group.id);
  });
});

follow({ snapshot: () => act(null, refresh), groups: () => act(null, refresh), albums: () => act(null, refresh) });
