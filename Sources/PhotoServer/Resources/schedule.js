// Which album when: the week as it will be, a question about any moment, and the lines that make it so.
import { act, api } from "./app.js";
import { dayPicker, element, removeButton, span } from "./hours.js";

/** Hues for albums, in the order in which they come up: neighbours differ. */
const hues = [55, 205, 140, 320, 100, 265, 25, 175];

/**
 * Keeps the schedule of `displays/…` or `groups/…` current. Answers `{ refresh, reload }`: the week anew, and the lines
 * too. `askable` says whether one may ask about a moment.
 */
export function schedule(owner, { saved, askable = true } = {}) {
  const root = document.querySelector(".schedule");
  const week = root.querySelector(".week");
  const weekName = root.querySelector('[data-testid="week-name"]');
  const legend = root.querySelector(".legend");
  const form = root.querySelector('[data-form="schedule"]');
  const lines = form.querySelector(".lines");
  const none = form.querySelector('[data-testid="schedule-none"]');
  const problem = form.querySelector('[data-testid="schedule-problem"]');
  const save = form.querySelector('[data-testid="schedule-save"]');
  const question = root.querySelector('[data-form="plan"]');
  const answer = root.querySelector('[data-testid="plan-answer"]');
  const colours = new Map();
  let albums = [];
  let from = null;
  let shown = null;
  let turn = 0;

  function hue(album) {
    if (!colours.has(album)) colours.set(album, hues[colours.size % hues.length]);
    return colours.get(album);
  }

  function place(block, { start, end }) {
    block.style.top = (start / 14.4) + "%";
    block.style.height = ((end - start) / 14.4) + "%";
    return block;
  }

  function day(entry) {
    const column = element("div", { className: "week-day", attributes: { "data-testid": "week-day", "data-date": entry.date } });
    if (entry.isToday) column.classList.add("today");
    const label = element("p", { className: "week-label" }, entry.weekday.slice(0, 2), element("span", {}, entry.date.slice(8)));
    const track = element("div", { className: "week-track" });
    for (const stretch of entry.stretches) {
      const text = `${entry.weekday} ${stretch.from} to ${stretch.to}: ${stretch.name ?? "nothing"}, ${stretch.text}`;
      const block = element("div", { className: "stretch", title: text, attributes: { "data-testid": "stretch" } });
      if (stretch.album === undefined) block.classList.add("nothing");
      else block.style.setProperty("--hue", hue(stretch.album));
      if (stretch.isRule) block.classList.add("by-rule");
      // What is usual needs no words; the legend says it.
      if (stretch.isRule && stretch.end - stretch.start >= 120) block.append(element("span", {}, stretch.name ?? ""));
      track.append(place(block, stretch));
    }
    for (const shade of entry.shades) {
      const block = place(element("div", { className: "shade", title: shade.text, attributes: { "data-testid": "shade" } }), shade);
      block.style.setProperty("--dark", 1 - shade.brightness);
      if (shade.brightness === 0) block.classList.add("asleep");
      track.append(block);
    }
    if (entry.hasClockChange) track.append(element("p", { className: "clock-change", title: "The clock is set on this day" }, "±1 h"));
    column.append(label, track);
    return column;
  }

  function draw(plan) {
    shown = plan;
    const first = new Date(plan.from + "T12:00:00");
    const last = new Date(first.getTime() + 6 * 86400000);
    const short = { day: "numeric", month: "short" };
    weekName.textContent = `${first.toLocaleDateString([], short)} – ${last.toLocaleDateString([], { ...short, year: "numeric" })} · ${plan.timeZone}`;
    const axis = element("div", { className: "week-axis", attributes: { "aria-hidden": "true" } }, ...[0, 6, 12, 18].map((hour) => {
      const mark = element("span", {}, String(hour).padStart(2, "0"));
      mark.style.top = (hour / 0.24) + "%";
      return mark;
    }));
    week.replaceChildren(axis, ...plan.days.map(day));
    const names = new Map();
    for (const entry of plan.days) for (const stretch of entry.stretches) if (stretch.album !== undefined) names.set(stretch.album, stretch.name);
    legend.replaceChildren(...[...names].map(([album, name]) => {
      const dot = element("i");
      dot.style.setProperty("--hue", hue(album));
      return element("li", {}, dot, name);
    }));
    if (plan.days.some((entry) => entry.shades.some((shade) => shade.brightness === 0))) legend.append(element("li", {}, element("i", { className: "asleep" }), "asleep"));
    if (plan.days.some((entry) => entry.shades.some((shade) => shade.brightness > 0))) legend.append(element("li", {}, element("i", { className: "dimmed" }), "dimmed"));
    week.setAttribute("aria-label", "What is shown in the week from " + plan.from);
  }

  async function refresh() {
    const mine = turn += 1;
    const plan = await api("GET", owner + "/week" + (from ? "?from=" + from : ""));
    if (mine === turn) draw(plan);
  }

  function dirty() {
    save.hidden = false;
    none.hidden = lines.children.length > 0;
  }

  function line(rule) {
    const album = element("select", { attributes: { "aria-label": "Album", "data-testid": "line-album" } }, ...albums.map((item) => new Option(item.name, item.id)));
    if (rule.album !== undefined) {
      if (!albums.some((item) => item.id === rule.album)) album.append(new Option("An album that is gone", rule.album));
      album.value = rule.album;
    }
    const days = dayPicker(rule.days);
    const when = span(rule);
    const year = new Date().getFullYear();
    const whole = (text) => (text && text.length === 5 ? `${year}-${text}` : text ?? "");
    const first = element("input", { type: "date", value: whole(rule.firstDay), attributes: { "aria-label": "First day", "data-testid": "line-first" } });
    const last = element("input", { type: "date", value: whole(rule.lastDay), attributes: { "aria-label": "Last day", "data-testid": "line-last" } });
    const yearly = element("input", { type: "checkbox", checked: rule.everyYear === true, attributes: { "data-testid": "line-yearly" } });
    const priority = element("input", { type: "number", min: -100, max: 100, step: 1, value: rule.priority ?? 0, className: "short", attributes: { "data-testid": "line-priority" } });
    const more = element("details", { className: "line-more", open: Boolean(rule.firstDay || rule.lastDay || rule.priority) },
      element("summary", {}, "Dates and priority"),
      element("div", { className: "row" },
        element("label", {}, "From ", first), element("label", {}, "until ", last),
        element("label", { className: "check" }, yearly, " every year"),
        element("label", { title: "Where lines overlap the highest wins; among equals the last" }, "Priority ", priority)));
    const row = element("div", { className: "line rule-line", attributes: { "data-testid": "rule-line" } },
      album, days, when, removeButton(() => { row.remove(); dirty(); }), more);
    row.addEventListener("input", dirty);
    row.read = () => {
      const rule = { album: Number(album.value), days: days.read(), ...when.read(), priority: Number(priority.value) };
      // The whole day ends at its midnight.
      if (rule.from === "00:00" && rule.to === "00:00") rule.to = "24:00";
      if (first.value) rule.firstDay = first.value;
      if (last.value) rule.lastDay = last.value;
      if (yearly.checked) rule.everyYear = true;
      return rule;
    };
    return row;
  }

  async function reload() {
    albums = (await api("GET", "albums")).albums;
    // Not from under somebody's hands.
    if (save.hidden) {
      const { rules } = await api("GET", owner + "/schedule");
      lines.replaceChildren(...rules.map(line));
      none.hidden = rules.length > 0;
    }
    await refresh();
  }

  form.querySelector('[data-action="add-rule"]').addEventListener("click", () => {
    if (!albums.length) return;
    lines.append(line({ from: "08:00", to: "18:00" }));
    dirty();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(save, async () => {
      problem.hidden = true;
      try {
        await api("PUT", owner + "/schedule", { rules: [...lines.children].map((row) => row.read()) });
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
        return;
      }
      save.hidden = true;
      await reload();
      await saved?.();
    });
  });
  for (const [action, key] of [["week-previous", "previous"], ["week-next", "next"]]) {
    root.querySelector(`[data-action="${action}"]`).addEventListener("click", (event) => act(event.currentTarget, async () => {
      if (!shown) return;
      from = shown[key];
      await refresh();
    }));
  }
  question.hidden = !askable;
  question.addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.submitter, async () => {
      const plan = await api("GET", owner + "/plan?at=" + encodeURIComponent(question.elements.at.value));
      answer.textContent = plan.text;
      answer.hidden = false;
    });
  });
  return { refresh, reload };
}
