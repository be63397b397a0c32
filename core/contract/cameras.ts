// Cameras as a node sees them: their display names, and the node's own report of each.

/** Display names of cameras, and what this node reports of them. */
export interface Cameras {
  /** The name to show: from `cameras` of the profile, otherwise the id. */
  name(camera: string): string;
  /** Calls `listener` after each reload that has changed names, until the node stops. */
  onNames(listener: () => void): void;
  /** Registers the report of this node's cameras. `read` is called on request (`camd cameras`), while the node is in effect. */
  report(read: () => Iterable<readonly [camera: string, CameraReport]>): void;
}

export interface CameraReport {
  /** Why the camera is currently unreliable: a full sentence. */
  readonly why?: string;
  readonly viewers?: number;
  /** URLs of its pictures, by content: { stream: "http://…" }. */
  readonly urls?: Readonly<Record<string, string>>;
}
