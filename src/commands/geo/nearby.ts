import type { Address } from "../../arena/memory.ts";
import type { ScoredHandle } from "../../keyspace/sorted_sets.ts";
import {
  boundsAround,
  cellsAround,
  distance,
  hashRange,
  latitudeDistance,
  latitudeOf,
  longitudeOf,
  type Position,
} from "../../lib/geography.ts";
import { indices, sortFirst } from "../../lib/sort_first.ts";
import type { Call } from "../../command/call.ts";

/** A circle or a rectangle around a center, in metres. */
export type Shape =
  | { readonly radius: number }
  | { readonly width: number; readonly height: number };

/** A member whose latitude alone puts it this much further away is outside, however the distance is rounded. */
const ROUNDING = 1 + 1e-9;

/** Metres from the center to a place within the shape; NaN for a place outside. */
function distanceWithin(
  [longitude, latitude]: Position,
  shape: Shape,
  lon: number,
  lat: number,
): number {
  if ("radius" in shape) {
    if (latitudeDistance(latitude, lat) > shape.radius * ROUNDING) return NaN;
    const metres = distance(longitude, latitude, lon, lat);
    return metres <= shape.radius ? metres : NaN;
  }
  if (latitudeDistance(lat, latitude) > shape.height / 2) return NaN;
  if (distance(lon, lat, longitude, lat) > shape.width / 2) return NaN;
  return distance(longitude, latitude, lon, lat);
}

/** Members of a sorted set that lie within a shape, in the order in which they are found. */
export class Nearby {
  readonly handles: ScoredHandle[] = [];
  /** The geohash of each member. */
  readonly hashes: number[] = [];
  /** The distance of each member from the center, in metres. */
  readonly metres: number[] = [];

  /** Finds all members, or the first `limit` ones that it meets; 0 is no limit. */
  constructor(call: Call, entry: Address, center: Position, shape: Shape, limit: number) {
    const { sortedSets } = call.keyspace;
    const [width, height] = "radius" in shape
      ? [shape.radius, shape.radius]
      : [shape.width / 2, shape.height / 2];
    const reach = "radius" in shape ? shape.radius : Math.hypot(width, height);
    const most = limit === 0 ? Infinity : limit;
    for (const cell of cellsAround(center, reach, boundsAround(center, width, height))) {
      const { start, end } = hashRange(cell);
      const from = sortedSets.lowerRank(entry, (score) => score < start);
      const to = sortedSets.lowerRank(entry, (score) => score < end);
      sortedSets.walk(entry, from, to - from, false, (handle) => {
        if (this.handles.length >= most) return false;
        const hash = sortedSets.score(entry, handle);
        const metres = distanceWithin(center, shape, longitudeOf(hash), latitudeOf(hash));
        if (!Number.isNaN(metres)) this.#add(handle, hash, metres);
        return true;
      });
    }
  }

  /** The numbers of the first `count` members: the nearest or the farthest first, or in the order in which they were found. */
  first(count: number, order: "asc" | "desc" | undefined): Uint32Array {
    const all = indices(this.handles.length);
    if (order === undefined) return all.subarray(0, count);
    const { metres } = this;
    return sortFirst(
      all,
      count,
      order === "asc" ? (a, b) => metres[a] - metres[b] : (a, b) => metres[b] - metres[a],
    );
  }

  #add(handle: ScoredHandle, hash: number, metres: number): void {
    this.handles.push(handle);
    this.hashes.push(hash);
    this.metres.push(metres);
  }
}
