// What a node may know and say of cameras: their display names, and its own report of each.

/** Display names of cameras, and what this node reports of them. */
export interface Cameras {
  /** The name to show: that of the profile's `cameras`, or else the id. */
  name(camera: string): string;
  /** Called after a reload that has changed names, until the node stops. */
  onNames(listener: () => void): void;
  /** What this node knows of its cameras. Called whenever somebody asks (`camd cameras`), while the node is in effect. */
  report(read: () => Iterable<readonly [camera: string, CameraReport]>): void;
}

export interface CameraReport {
  /** Why the camera cannot be relied on now: a full sentence. */
  readonly why?: string;
  readonly viewers?: number;
  /** Where its pictures are, by what is there: { stream: "http://…" }. */
  readonly urls?: Readonly<Record<string, string>>;
}
