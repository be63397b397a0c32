// What the runner needs to know of another server to measure it beside camd.

/** A server that runs under the same feed as camd, on the same processor. */
export interface RunningPeer {
  readonly name: string;
  readonly pid: number;
  /** URL of the MJPEG stream. */
  readonly stream?: string;
  /** URL of the newest picture. */
  readonly snapshot?: string;
  stop(): Promise<void>;
}

/** The feed of a peer: the port that sends bare JPEGs, and the one that answers a GET with multipart. */
export interface Doors {
  readonly raw: number;
  readonly http: number;
}

export interface Peer {
  readonly name: string;
  readonly program: string;
  /** Why it cannot run here although it is installed; undefined when it can. */
  missing?(): string | undefined;
  start(doors: Doors): Promise<RunningPeer>;
}
