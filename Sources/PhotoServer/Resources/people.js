import { act, api, ask, copy, panel } from "./app.js";

const lists = Object.fromEntries([...document.querySelectorAll("[data-list]")].map((list) => [list.dataset.list, list]));
const day = (text) => new Date(text).toLocaleDateString(undefined, { dateStyle: "medium" });
const moment = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function entry(main, note, controls = []) {
  const item = copy("entry-template");
  item.querySelector(".entry-main").textContent = main;
  item.querySelector(".entry-note").textContent = note;
  item.querySelector(".row").append(...controls);
  return item;
}

function button(label, testid, run, kind = "quiet") {
  const element = document.createElement("button");
  element.className = kind;
  element.textContent = label;
  element.dataset.testid = testid;
  element.addEventListener("click", () => act(element, run));
  return element;
}

function showLink(title, note, url) {
  return panel("link", (form) => {
    form.querySelector("h2").textContent = title;
    form.querySelector('[data-field="note"]').textContent = note;
    form.querySelector("input").value = url;
  });
}

document.querySelector('[data-action="copy"]').addEventListener("click", (event) => {
  const field = event.target.closest("form").querySelector("input");
  field.select();
  navigator.clipboard?.writeText(field.value).catch(() => { /* selected: the keys do it */ });
});

function userEntry(user) {
  const role = copy("role-template");
  role.value = user.role;
  role.dataset.testid = "user-role";
  role.addEventListener("change", () => act(role, async () => {
    try {
      await api("PATCH", "users/" + user.id, { role: role.value });
    } finally {
      await refreshUsers();
    }
  }));
  const state = user.disabledAt ? `disabled since ${moment(user.disabledAt)}` : `signed in ${user.sessions}×`;
  return entry(user.name, `since ${day(user.createdAt)}, ${state}`, [
    role,
    ...(user.disabledAt ? disabledControls(user) : activeControls(user)),
    button("Remove", "user-remove", async () => {
      if (!await ask(`Remove ${user.name}?`, "Their sessions and tokens end at once. Photos and albums stay.", "Remove")) return;
      await api("DELETE", "users/" + user.id);
      await refreshUsers();
    }, "quiet danger"),
  ]);
}

function disabledControls(user) {
  return [button("Enable", "user-enable", async () => {
    await api("POST", `users/${user.id}/enable`);
    await refreshUsers();
  })];
}

function activeControls(user) {
  return [
    button("New password…", "user-reset", async () => {
      const link = await api("POST", `users/${user.id}/password-link`);
      await showLink("A new password", `Give this link to ${user.name}. It works once, until ${moment(link.expiresAt)}.`, link.url);
    }),
    button("Sign out", "user-sign-out", async () => {
      await api("DELETE", `users/${user.id}/sessions`);
      await refreshUsers();
    }),
    button("Disable", "user-disable", async () => {
      if (!await ask(`Disable ${user.name}?`, "Their sessions end and their tokens stop at once. You can enable the account again.", "Disable")) return;
      await api("POST", `users/${user.id}/disable`);
      await refreshUsers();
    }),
  ];
}

async function refreshUsers() {
  const { users } = await api("GET", "users");
  lists.users.replaceChildren(...users.map(userEntry));
  const { invitations } = await api("GET", "invitations");
  lists.invitations.replaceChildren(...invitations.map((link) => entry(
    `An invitation as ${link.role}`, `by ${link.madeBy}, until ${moment(link.expiresAt)}`, [
      button("Take back", "invitation-delete", async () => {
        await api("DELETE", "invitations/" + link.id);
        await refreshUsers();
      })])));
}

async function refreshLinks() {
  const { uploadLinks } = await api("GET", "upload-links");
  lists["upload-links"].replaceChildren(...uploadLinks.map((link) => entry(
    link.label, `into “${link.albumName}”, until ${day(link.expiresAt)}, ${link.filesLeft} files may come`, [
      button("End", "upload-link-end", async () => {
        await api("DELETE", "upload-links/" + link.id);
        await refreshLinks();
      })])));
}

const older = document.querySelector('[data-action="older"]');
let next = null;

async function loadAudit(before) {
  const page = await api("GET", "audit?limit=50" + (before ? "&before=" + before : ""));
  const items = page.entries.map((one) => entry(
    `${one.who}: ${one.text}${one.times > 1 ? ` (${one.times}×)` : ""}`,
    `${moment(one.at)}, ${one.through}, ${one.address}`));
  if (before) lists.audit.append(...items); else lists.audit.replaceChildren(...items);
  next = page.next;
  older.hidden = !next;
}

older.addEventListener("click", () => act(older, () => loadAudit(next)));

document.querySelector('[data-form="invite"]').addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  act(form.querySelector("button"), async () => {
    const link = await api("POST", "invitations", { role: form.elements.role.value });
    await refreshUsers();
    await showLink("An invitation", `Send this link to whom you invite as ${link.role}. It works once, until ${moment(link.expiresAt)}.`, link.url);
  });
});

document.querySelector('[data-form="upload-link"]').addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  act(form.querySelector("button"), async () => {
    const { label, album, days } = form.elements;
    const link = await api("POST", "upload-links", { label: label.value, album: Number(album.value), days: Number(days.value) });
    label.value = "";
    await refreshLinks();
    await showLink("An upload link", `Photos go into “${link.albumName}”, until ${day(link.expiresAt)}.`, link.url);
  });
});

act(null, () => Promise.all([refreshUsers(), refreshLinks(), loadAudit()]));
