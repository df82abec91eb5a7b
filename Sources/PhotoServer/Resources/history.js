// Who set what when, with a way back for each.
import { act, api } from "./app.js";

function text(edit) {
  return edit.changes.map((change) => `${change.label}: ${change.beforeText} → ${change.afterText}`).join(" · ");
}

/** Keeps a list of what was set current; `owner` is `displays/…` or `groups/…`. Answers a function that reads it anew. */
export function history(owner, list, whenReverted) {
  function show({ edits }) {
    list.replaceChildren(...edits.map((edit) => {
      const item = document.createElement("li");
      item.dataset.testid = "edit";
      const what = document.createElement("span");
      what.textContent = text(edit);
      const when = document.createElement("time");
      when.dateTime = edit.at;
      when.textContent = `${edit.who} · ${new Date(edit.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`;
      const button = document.createElement("button");
      button.className = "quiet";
      button.textContent = "Revert";
      button.dataset.testid = "revert";
      button.setAttribute("aria-label", "Revert: " + text(edit));
      button.addEventListener("click", () => act(button, async () => {
        show(await api("POST", `${owner}/history/${edit.id}/revert`));
        await whenReverted?.();
      }));
      item.append(what, when, button);
      return item;
    }));
    if (!edits.length) {
      const none = document.createElement("li");
      none.className = "muted";
      none.textContent = "Nothing was set yet.";
      list.append(none);
    }
  }
  let turn = 0;
  return async () => {
    const mine = turn += 1;
    const answer = await api("GET", owner + "/history");
    if (mine === turn) show(answer);
  };
}
