// The selection of pictures for a film.

export interface Source {
  readonly camera: string | undefined;
  /** Milliseconds since the epoch, `to` exclusive. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** The value of the header Authorization. */
  readonly authorization: string | undefined;
}
