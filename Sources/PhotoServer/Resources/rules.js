// The editor of a smart album's rule: groups in groups, with the result shown while it is edited.
import { api, Refused } from "./app.js";

const dialog = document.querySelector('[data-panel="rules"]');
const form = dialog.querySelector("form");
const tree = dialog.querySelector(".rule-tree");
const strip = dialog.querySelector(".strip");
const problem = dialog.querySelector('[data-testid="rules-problem"]');

const texts = { equals: "is", contains: "contains", startsWith: "starts with", endsWith: "ends with", isEmpty: "is empty" };
const days = { equals: "is", before: "is before", onOrBefore: "is or is before", after: "is after", onOrAfter: "is or is after" };
const numbers = { equals: "is", before: "is less than", onOrBefore: "is at most", after: "is more than", onOrAfter: "is at least" };
const only = { equals: "is" };
const fields = {
  text: { label: "Any words", comparisons: { contains: "contain" } },
  keyword: { label: "Keyword", comparisons: texts },
  title: { label: "Title", comparisons: texts },
  caption: { label: "Caption", comparisons: texts },
  name: { label: "Name", comparisons: texts },
  orientation: { label: "Orientation", comparisons: only, values: { landscape: "landscape", portrait: "portrait", square: "square" } },
  taken: { label: "Taken", comparisons: days, type: "date" },
  added: { label: "Added", comparisons: days, type: "date" },
  year: { label: "Year", comparisons: numbers, type: "number" },
  rating: { label: "Rating", comparisons: numbers, type: "number" },
  favourite: { label: "Favourite", comparisons: only, values: { yes: "yes", no: "no" } },
  camera: { label: "Camera", comparisons: texts },
  lens: { label: "Lens", comparisons: texts },
  shown: { label: "Was on a display", comparisons: only, values: { yes: "yes", no: "no" } },
  album: { label: "Album", comparisons: only, values: {} },
};

function menu(entries, value, label, testid) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", label);
  select.dataset.testid = testid;
  select.append(...Object.entries(entries).map(([key, text]) => new Option(text, key)));
  if (value !== undefined && value in entries) select.value = value;
  return select;
}

function button(text, testid, run, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "quiet";
  element.textContent = text;
  element.dataset.testid = testid;
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("click", run);
  return element;
}

/** One condition. `negated` is the "not" before it. */
function condition(test, negated) {
  const row = document.createElement("div");
  row.className = "rule";
  row.dataset.testid = "rule";
  const not = menu({ is: "Photos whose", not: "Not those whose" }, negated ? "not" : "is", "Which photos", "rule-not");
  const field = menu(Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, item.label])), test.field, "Field", "rule-field");
  const remove = button("✕", "rule-remove", () => { row.remove(); update(); }, "Remove this condition");
  let comparison;
  let value;
  function dress(old) {
    const kind = fields[field.value];
    comparison = menu(kind.comparisons, old.is, "Comparison", "rule-is");
    if (kind.values) {
      value = menu(kind.values, old.value, "Value", "rule-value");
    } else {
      value = document.createElement("input");
      value.type = kind.type ?? "text";
      value.value = old.value ?? "";
      value.setAttribute("aria-label", "Value");
      value.dataset.testid = "rule-value";
      if (field.value === "keyword") value.setAttribute("list", "keyword-list");
    }
    value.hidden = comparison.value === "isEmpty";
    // The field stays where it is: taken out and put back it would lose the focus.
    while (field.nextSibling !== remove) field.nextSibling.remove();
    field.after(comparison, value);
  }
  row.append(not, field, remove);
  field.addEventListener("change", () => {
    dress({ value: "" });
    update();
  });
  row.addEventListener("change", update);
  row.addEventListener("input", () => {
    value.hidden = comparison.value === "isEmpty";
    update();
  });
  row.read = () => {
    const rule = { field: field.value, is: comparison.value, value: value.value };
    // What is not filled in yet asks nothing.
    if (!value.value && comparison.value !== "isEmpty") return null;
    return not.value === "not" ? { not: rule } : rule;
  };
  dress(test);
  return row;
}

/** A group: all, any or none of what is in it. */
function group(rule, isRoot) {
  const negated = rule.not !== undefined;
  const inner = negated ? rule.not : rule;
  const element = document.createElement("fieldset");
  element.className = "rule-group";
  element.dataset.testid = "rule-group";
  const mode = menu({ all: "All of these", any: "Any of these", none: "None of these" }, negated ? "none" : inner.any ? "any" : "all", "How these go together", "rule-mode");
  const body = document.createElement("div");
  body.className = "rules";
  body.append(...(inner.all ?? inner.any ?? []).map(node));
  mode.addEventListener("change", update);
  const head = document.createElement("div");
  head.className = "row";
  head.append(mode);
  if (!isRoot) head.append(button("✕", "group-remove", () => { element.remove(); update(); }, "Remove this group"));
  const foot = document.createElement("div");
  foot.className = "row";
  foot.append(
    button("+ Condition", "add-rule", () => { body.append(condition({ field: "keyword", is: "equals", value: "" }, false)); update(); }),
    button("+ Group", "add-group", () => { body.append(group({ any: [{ field: "keyword", is: "equals", value: "" }] }, false)); update(); }));
  element.append(head, body, foot);
  element.read = () => {
    const rules = [...body.children].map((child) => child.read()).filter(Boolean);
    if (!rules.length && !isRoot) return null;
    if (mode.value === "none") return { not: { any: rules } };
    return { [mode.value]: rules };
  };
  return element;
}

function node(rule) {
  if (rule.all || rule.any) return group(rule, false);
  if (rule.not) return rule.not.all || rule.not.any ? group(rule, false) : condition(rule.not, true);
  return condition(rule, false);
}

let latest = 0;
let timer = 0;
let own = null;

function update() {
  clearTimeout(timer);
  timer = setTimeout(preview, 150);
}

async function preview() {
  const turn = latest += 1;
  try {
    const answer = await api("POST", "albums/preview", { rule: tree.firstElementChild.read(), album: own ?? undefined });
    if (turn !== latest) return;
    problem.hidden = true;
    dialog.querySelector('[data-testid="rules-count"]').textContent = answer.count;
    dialog.querySelector("[data-noun]").textContent = answer.count === 1 ? "photo" : "photos";
    strip.replaceChildren(...answer.photos.map((photo) => {
      const image = new Image();
      image.src = photo.thumbnail;
      image.alt = photo.name;
      image.title = photo.name;
      return image;
    }));
  } catch (error) {
    if (turn !== latest) return;
    problem.textContent = error instanceof Refused ? error.message : String(error);
    problem.hidden = false;
  }
}

/** Opens the editor. `save` gets the name and the rule; what it throws is shown, and the editor stays. */
export async function editRule({ name, rule, album, save }) {
  const { albums } = await api("GET", "albums");
  fields.album.values = Object.fromEntries(albums.filter((item) => item.id !== album).map((item) => [String(item.id), item.name]));
  own = album ?? null;
  const naming = form.querySelector("[data-rules-name]");
  naming.hidden = name === undefined;
  form.elements.name.required = name !== undefined;
  form.elements.name.value = name ?? "";
  problem.hidden = true;
  const start = rule?.all || rule?.any || rule?.not ? rule : { all: rule ? [rule] : [{ field: "keyword", is: "equals", value: "" }] };
  tree.replaceChildren(group(start.not && !(start.not.all || start.not.any) ? { all: [start] } : start, true));
  dialog.showModal();
  preview();
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await save(form.elements.name.value, tree.firstElementChild.read());
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  };
}

dialog.querySelector('[data-action="rules-cancel"]').addEventListener("click", () => dialog.close());
