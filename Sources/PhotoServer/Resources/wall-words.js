// What the wall says about a display, from the few bytes of its card. Nothing here touches the page.

/** How a display is, best first; what comes after "online" wants a look. */
export const states = {
  online: "Online",
  fetching: "Getting photos",
  dark: "Screen off",
  deaf: "Not listening",
  frozen: "Frozen",
  offline: "Offline",
  new: "Never seen",
  unknown: "Not known yet",
};

/** Most urgent first. */
export const urgency = ["frozen", "deaf", "offline", "new", "fetching", "unknown", "dark", "online"];

export const stateOf = (card) => card.live ?? "online";

const day = new Intl.DateTimeFormat([], { weekday: "short", day: "numeric", month: "short" });
const time = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A time as people say it: the clock today, with the day before and after. */
export function when(seconds, format = time) {
  const date = new Date(seconds * 1000);
  const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return format.format(date);
  const name = days === -1 ? "yesterday" : days === 1 ? "tomorrow" : day.format(date);
  return `${name} ${time.format(date)}`;
}

export function liveWords(card) {
  const state = stateOf(card);
  if (state === "offline" && card.since) return "Offline since " + when(card.since);
  if (state === "deaf" && card.behind) return `Not listening, ${card.behind} behind`;
  return states[state];
}

const length = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

/** Where the newest change is: [state, words]. */
export function deliveryWords(card, mediator) {
  if (card.waiting && !mediator) {
    return ["waiting", card.waiting === 1 ? "waiting for the mediator" : `${card.waiting} changes waiting for the mediator`];
  }
  if (card.waiting) return ["waiting", "being sent"];
  if (card.behind > 1) return ["sent", `${card.behind} changes behind`];
  const isThere = !["offline", "new", "unknown"].includes(stateOf(card));
  if (card.behind) return isThere ? ["sent", "on its way"] : ["sent", "1 change behind"];
  if (card.ms !== undefined) return ["applied", `arrived after ${length(card.ms)}`];
  return isThere ? ["applied", "up to date"] : ["unknown", ""];
}

export const showingName = (card) => (card.photo ? card.photo[2] : card.showing) ?? "";

export const thumbnail = (card) => card.photo && `/api/v1/photos/${card.photo[0]}/thumbnail?v=${card.photo[1]}`;

/** What stands where no picture is. */
export function noteWords(card) {
  const state = stateOf(card);
  if (card.off || state === "dark") return "Screen is off";
  if (card.album === undefined) return "Give it an album";
  if (["unknown", "new", "offline"].includes(state)) return "No picture";
  return showingName(card) || "Nothing to show yet";
}

export function nextWords(card) {
  if (["offline", "new", "unknown", "dark"].includes(stateOf(card))) return "";
  if (card.paused) return "Paused";
  const clock = card.due && when(card.due, exact);
  if (card.next) return clock ? `Next ${card.next}, ${clock}` : `Next ${card.next}`;
  return clock ? `Next change ${clock}` : "";
}

const commands = {
  change_photo: "Other photo",
  show: "Chosen photo",
  pause: "Pause or resume",
  identify: "Showing its name",
  current_display: "Picture of the screen",
  restart_screen: "Restart of the screen",
  reboot: "Reboot",
};

/** What became of the newest command: words, or null where there is nothing to say. */
export function commandWords(command) {
  if (!command) return null;
  const name = commands[command.topic] ?? command.topic;
  switch (command.state) {
    case "sent": return `${name}: sent…`;
    case "done": return command.ms === undefined ? `${name}: done` : `${name}: done after ${length(command.ms)}`;
    case "unanswered": return `${name}: not answered in 10 s`;
    default: return `${name}: ${command.state === "failed" ? "failed" : "not done"}${command.reason ? ", " + command.reason : ""}`;
  }
}

function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
  return `${bytes < 10 && unit > 1 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** How the store is: the quiet line below, and the alarm that stops everything, if there is one. */
export function upkeepWords(report) {
  if (!report) return { line: "", alarm: "" };
  const name = report.external ? `etcd ${report.version}` : "Embedded store";
  const full = report.quota ? report.bytes / report.quota : 0;
  const room = report.quota ? `${size(report.bytes)} of ${size(report.quota)}` : size(report.bytes);
  let alarm = "";
  if (report.alarms.includes("noSpace")) {
    alarm = `${name} has reached its quota (${room}) and takes no changes. They are kept here. Compact and defragment it, then disarm the alarm.`;
  } else if (report.alarms.length) {
    alarm = `${name} raises an alarm: ${report.alarms.join(", ")}.`;
  } else if (full > 0.8) {
    alarm = `${name} is nearly full: ${room}. At its quota it takes no more changes. Compact and defragment it, or raise its quota.`;
  }
  const problem = report.problem ? ` · not compacted: ${report.problem}` : "";
  return { line: `${name} · ${room}${problem}`, alarm };
}

function clockWords(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  return `${seconds} s ${milliseconds > 0 ? "ahead of" : "behind"} the server's`;
}

/** Facts for the curious. */
export function factRows(display) {
  return [
    ["Screen", [display.size, display.connector, display.mode].filter(Boolean).join(" · ")],
    ["Showing since", display.showingSince && when(display.showingSince, exact)],
    ["Frames presented", display.presentedFrames],
    ["Address", display.ip],
    ["Version", display.version],
    ["Memory", display.memoryBytes && size(display.memoryBytes)],
    ["Free space", display.freeBytes && size(display.freeBytes)],
    ["Photos kept", display.cacheBytes && size(display.cacheBytes)],
    ["Temperature", display.temperatureCelsius
      && `${Math.round(display.temperatureCelsius)} °C${display.throttled ? " · slowed down" : ""}`],
    ["Clock", Math.abs(display.clockOffsetMilliseconds ?? 0) >= 1000 && clockWords(display.clockOffsetMilliseconds)],
    ["Hears changes over", { etcd: "etcd", events: "server-sent events" }[display.transport]],
    ["Last command", display.lastCommand],
    ["Says", display.warnings.join(" · ")],
    ["Id", display.id],
  ].filter(([, value]) => value);
}
