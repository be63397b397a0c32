// The description of another server for a comparison with camd.

/** A server with the same feed as camd, on the same processor. */
export interface RunningPeer {
  readonly name: string;
  readonly pid: number;
  /** URL of the MJPEG stream. */
  readonly stream?: string;
  /** URL of the newest picture. */
  readonly snapshot?: string;
  stop(): Promise<void>;
}

/** The feed of a peer: a port that sends bare JPEGs, and one that answers a GET with multipart. */
export interface Doors {
  readonly raw: number;
  readonly http: number;
}

export interface Peer {
  readonly name: string;
  readonly program: string;
  /** The reason that an installed peer cannot run here; undefined if it can. */
  missing?(): string | undefined;
  start(doors: Doors): Promise<RunningPeer>;
}
