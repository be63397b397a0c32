// The latest log lines of each node, with one size limit for all.

/** Most lines kept per node. */
export const MAX_LINES = 200;
/** Most characters of all kept lines; the oldest are dropped first. */
export const MAX_CHARACTERS = 1024 * 1024;
/** Longer lines are not kept. */
export const MAX_LINE = 16 * 1024;

export interface LogMemory {
  add(line: string): void;
  /** The lines of a node, the oldest first. */
  of(node: string): readonly string[];
  /** Calls `listener` for every further line of a node, until released. */
  listen(listener: (node: string, line: string) => void): () => void;
}

const NODE = /"node":"([^"\\]*)"/;

export function createLogMemory(): LogMemory {
  /** In order of arrival: node and line. */
  const lines = new Set<{ readonly node: string; readonly line: string }>();
  const byNode = new Map<string, { readonly node: string; readonly line: string }[]>();
  const listeners = new Set<(node: string, line: string) => void>();
  let characters = 0;

  const drop = (node: string): void => {
    const own = byNode.get(node);
    const oldest = own?.shift();
    if (!own || !oldest) return;
    lines.delete(oldest);
    characters -= oldest.line.length;
    if (own.length === 0) byNode.delete(node);
  };

  return {
    add(line) {
      const node = NODE.exec(line)?.[1];
      if (node === undefined || line.length > MAX_LINE) return;
      const entry = { node, line: line.trimEnd() };
      const own = byNode.get(node) ?? [];
      if (own.length === 0) byNode.set(node, own);
      own.push(entry);
      lines.add(entry);
      characters += entry.line.length;
      if (own.length > MAX_LINES) drop(node);
      while (characters > MAX_CHARACTERS) {
        const [first] = lines;
        if (!first) break;
        drop(first.node);
      }
      for (const listener of listeners) listener(node, entry.line);
    },
    of: (node) => (byNode.get(node) ?? []).map(({ line }) => line),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
