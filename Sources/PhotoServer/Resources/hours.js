// Lines with hours in them: sleeping, dimming, and the lines of a schedule.

export const weekdays = { mon: "Mo", tue: "Tu", wed: "We", thu: "Th", fri: "Fr", sat: "Sa", sun: "Su" };
const names = { mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday" };

/** An element with properties, attributes and children. */
export function element(tag, { attributes = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Seven buttons, pressed or not. */
export function dayPicker(days) {
  const picker = element("span", { className: "days", attributes: { role: "group", "aria-label": "Days" } });
  for (const [day, label] of Object.entries(weekdays)) {
    const box = element("input", { type: "checkbox", value: day, checked: !days || days.includes(day) });
    picker.append(element("label", { title: names[day] }, box, element("span", { attributes: { "aria-label": names[day] } }, label)));
  }
  picker.read = () => [...picker.querySelectorAll("input:checked")].map((box) => box.value);
  return picker;
}

/** A time of the day. Midnight at the end of a day is 00:00 here, and means the same. */
export function timeField(value, label, testid) {
  return element("input", {
    type: "time", required: true, value: value === "24:00" ? "00:00" : value,
    attributes: { "aria-label": label, "data-testid": testid },
  });
}

/** From one time to another. */
export function span(line) {
  const from = timeField(line.from ?? "00:00", "From", "line-from");
  const to = timeField(line.to ?? "00:00", "To", "line-to");
  const box = element("span", { className: "span" }, from, element("span", { className: "muted" }, "to"), to);
  box.read = () => ({ from: from.value, to: to.value });
  return box;
}

export function removeButton(run) {
  const button = element("button", {
    type: "button", className: "round quiet", title: "Remove",
    attributes: { "aria-label": "Remove this line", "data-testid": "line-remove" },
  });
  button.innerHTML = '<svg aria-hidden="true"><use href="#i-close"/></svg>';
  button.addEventListener("click", run);
  return button;
}

/** One of the sleeping or dimming hours; `changed` is told when it is another one. */
export function hoursLine(kind, line, changed) {
  const when = span(line);
  const row = element("div", { className: "line", attributes: { "data-testid": kind + "-line" } });
  let extra;
  if (kind === "sleep") {
    extra = dayPicker(line.days);
    extra.value = () => ({ days: extra.read() });
  } else {
    const light = element("input", { type: "range", min: 0, max: 1, step: 0.05, value: line.brightness ?? 0.5, attributes: { "aria-label": "Brightness", "data-testid": "dim-brightness" } });
    const shown = element("output", { className: "unit" });
    const show = () => { shown.textContent = Math.round(light.value * 100) + " %"; };
    light.addEventListener("input", show);
    show();
    extra = element("span", { className: "span light" }, light, shown);
    extra.value = () => ({ brightness: Number(light.value) });
  }
  row.append(extra, when, removeButton(() => { row.remove(); changed(); }));
  row.addEventListener("input", () => changed());
  row.read = () => ({ ...extra.value(), ...when.read() });
  return row;
}
