// The rules of state and commands: state is applied whenever it is seen, a command runs at most once. Touches neither
// network nor disk; see "Watching" in the protocol.

const stateTopics = ["settings", "images", "playlist", "power_state"];

export const emptyMemory = () => ({ cluster: "", revision: 0, command: 0, topics: {} });

export class Channel {
  /** @param memory What was remembered; kept up to date here, to be saved by the caller before it runs a command. */
  constructor(memory) {
    this.memory = memory;
    this.received = Math.max(memory.command, ...Object.values(memory.topics).map((entry) => entry.revision), 0);
  }

  /** Where to go on; nothing before the first contact. */
  get lastID() {
    return this.memory.cluster ? `${this.memory.cluster}:${this.memory.revision}` : "";
  }

  /**
   * Takes an event of the server. Answers the topics whose value differs, whether a newer state is to be acknowledged,
   * and the commands to run, in order.
   */
  take({ event, id, data }) {
    const { topics } = JSON.parse(data);
    const [cluster, text] = id.split(":");
    const revision = Number(text);
    const memory = this.memory;
    const isSameHistory = cluster === memory.cluster && revision >= memory.revision;
    if (event === "snapshot" && !isSameHistory) {
      // Another store, or this one set back: its commands may be years old or done already.
      memory.cluster = cluster;
      memory.command = revision;
      for (const entry of Object.values(memory.topics)) entry.revision = 0;
      this.received = 0;
    } else if (!isSameHistory) {
      return { changed: new Set(), isNewer: false, commands: [], revision: memory.revision };
    }
    memory.revision = revision;

    const changed = new Set();
    let isNewer = false;
    const commands = [];
    for (const [topic, entry] of Object.entries(topics)) {
      this.received = Math.max(this.received, entry.revision);
      if (stateTopics.includes(topic)) {
        const known = memory.topics[topic];
        if (known?.value !== entry.value) changed.add(topic);
        if (known?.revision !== entry.revision) isNewer = true;
        memory.topics[topic] = { value: entry.value, revision: entry.revision };
      } else {
        commands.push({ topic, revision: entry.revision, value: parsed(entry.value) });
      }
    }
    const due = commands.filter((command) => command.revision > memory.command).sort((a, b) => a.revision - b.revision);
    if (due.length) memory.command = due.at(-1).revision;
    return { changed, isNewer, commands: due, revision };
  }

  /** A state topic's value; undefined when there is none or it is not JSON. */
  state(topic) {
    return parsed(this.memory.topics[topic]?.value);
  }

  /** What to show: a playlist document, or names where `images` is the newer one. */
  get source() {
    const { playlist, images } = this.memory.topics;
    const reference = this.state("playlist");
    const names = this.state("images");
    const hasPlaylist = /^[0-9a-f]{64}$/.test(reference?.sha256 ?? "");
    if (hasPlaylist && !(images && images.revision > playlist.revision)) return { sha256: reference.sha256 };
    return { names: Array.isArray(names) ? names.filter((name) => typeof name === "string") : [] };
  }
}

function parsed(text) {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
