import { act, api, copy, panel, say } from "./app.js";

const lists = Object.fromEntries([...document.querySelectorAll("[data-list]")].map((list) => [list.dataset.list, list]));
const moment = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function entry(main, note, label, testid, run) {
  const item = copy("entry-template");
  item.querySelector(".entry-main").textContent = main;
  item.querySelector(".entry-note").textContent = note;
  if (label) {
    const button = document.createElement("button");
    button.className = "quiet";
    button.textContent = label;
    button.dataset.testid = testid;
    button.addEventListener("click", () => act(button, run));
    item.querySelector(".row").append(button);
  }
  return item;
}

/** The name that a person gives a browser, found in what it calls itself. */
function browserName(agent) {
  const found = /(Edg|OPR|Firefox|Chrome|Safari)\/[\d.]+/.exec(agent || "");
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent || "");
  const names = { Edg: "Edge", OPR: "Opera" };
  return [found ? names[found[1]] || found[1] : "A browser", system && "on " + system[1]].filter(Boolean).join(" ");
}

async function refreshSessions() {
  const { sessions } = await api("GET", "sessions");
  lists.sessions.replaceChildren(...sessions.map((one) => entry(
    browserName(one.agent) + (one.isCurrent ? ", this one" : ""),
    [`since ${moment(one.createdAt)}`, one.address].filter(Boolean).join(", from "),
    one.isCurrent ? null : "Sign out", "session-end", async () => {
      await api("DELETE", "sessions/" + one.id);
      await refreshSessions();
    })));
}

async function refreshTokens() {
  const { tokens } = await api("GET", "tokens");
  lists.tokens.replaceChildren(...tokens.map((one) => entry(
    `${one.name} (${one.scopes.join(", ")})`,
    `${one.lastUsedAt ? "last used " + moment(one.lastUsedAt) : "never used"}, until ${moment(one.expiresAt)}`,
    "Delete", "token-delete", async () => {
      await api("DELETE", "tokens/" + one.id);
      await refreshTokens();
    })));
}

document.querySelector('[data-form="password"]').addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  act(form.querySelector("button"), async () => {
    await api("POST", "session/password", { present: form.elements.present.value, password: form.elements.password.value });
    form.reset();
    // The session is a new one, and so is its token on this page.
    say("Your password is changed.");
    setTimeout(() => location.reload(), 800);
  });
});

document.querySelector('[data-form="token"]').addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  act(form.querySelector("button"), async () => {
    const scopes = [...form.querySelectorAll("[name=scope]:checked")].map((box) => box.value);
    const token = await api("POST", "tokens", { name: form.elements.name.value, scopes, days: Number(form.elements.days.value) });
    form.reset();
    await refreshTokens();
    await panel("token", (dialog) => { dialog.querySelector("input").value = token.secret; });
  });
});

act(null, () => Promise.all([refreshSessions(), refreshTokens()]));
