/**
 * Geohashes (Niemeyer, 2008): a place on Earth as an integer whose bits take turns to halve longitude and latitude, so that places with the
 * same first bits are near each other; and distances on a sphere.
 *
 * A *cell* is what the first bits of a hash tell: `step` bits of each coordinate. A full hash has 26 of each: 52 bits, which a double holds
 * exactly. The range of latitudes is that of the web Mercator projection, as in Redis 7.2; the published form of a geohash takes the whole
 * sphere.
 *
 * @module
 */

/** Degrees, as `[longitude, latitude]`. */
export type Position = readonly [number, number];

/** Bits of each coordinate in a full hash. */
export const FULL_STEP = 26;
const FULL_SIZE = 2 ** FULL_STEP;
/** The largest latitude, and its negation the smallest. */
export const MAX_LATITUDE = 85.05112878;
/** The largest longitude, and its negation the smallest. */
export const MAX_LONGITUDE = 180;

const EARTH_RADIUS = 6372797.560856;
/** Half the length of the equator in the Mercator projection, in metres. */
const MERCATOR_MAX = 20037726.37;
const DEGREE = Math.PI / 180;
const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const TEXT_LENGTH = 11;

/** A cell: which of the `2^step` columns and rows it is. */
export interface Cell {
  readonly step: number;
  /** Counted from the west. */
  readonly column: number;
  /** Counted from the south. */
  readonly row: number;
}

/** Borders of an area, in degrees. */
export interface Bounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** The cell that a position lies in. */
export function cellAt([longitude, latitude]: Position, step: number): Cell {
  const size = 2 ** step;
  return {
    step,
    column: Math.floor((longitude + MAX_LONGITUDE) / (2 * MAX_LONGITUDE) * size),
    row: Math.floor((latitude + MAX_LATITUDE) / (2 * MAX_LATITUDE) * size),
  };
}

/** The borders of a cell. Redis counts columns and rows with 32 bits, which matters for scores that are no geohash. */
export function boundsOf({ step, column, row }: Cell): Bounds {
  const size = 2 ** step;
  const longitude = (i: number) => -MAX_LONGITUDE + i / size * (2 * MAX_LONGITUDE);
  const latitude = (i: number) => -MAX_LATITUDE + i / size * (2 * MAX_LATITUDE);
  return {
    west: longitude(column),
    east: longitude((column + 1) % 2 ** 32),
    south: latitude(row),
    north: latitude((row + 1) % 2 ** 32),
  };
}

/**
 * The cell that is `east` columns to the east and `north` rows to the north, around the globe. A position on the eastern or northern border
 * lies in a column or row behind the last one; as in Redis 7.2, only a step in that direction comes back from there.
 */
export function neighbour({ step, column, row }: Cell, east: number, north: number): Cell {
  const size = 2 ** step;
  const move = (place: number, by: number) => by === 0 ? place : (place + by + size) % size;
  return { step, column: move(column, east), row: move(row, north) };
}

/** The range of full hashes that lie in a cell; `end` is not in it. */
export function hashRange({ step, column, row }: Cell): { start: number; end: number } {
  const width = 2 ** (2 * (FULL_STEP - step));
  const bits = interleave(row, column);
  return { start: bits * width, end: (bits + 1) * width };
}

/** The full hash of a position. */
export function encodeGeohash(position: Position): number {
  const { row, column } = cellAt(position, FULL_STEP);
  return interleave(row, column);
}

/** The middle of a full hash's cell. */
export function decodeGeohash(hash: number): Position {
  return [longitudeOf(hash), latitudeOf(hash)];
}

/** The longitude of {@link decodeGeohash}, without an object for both. */
export function longitudeOf(hash: number): number {
  const bits = squeeze(Math.floor(hash / 2 ** 32) >>> 1) * 65536 + squeeze(hash % 2 ** 32 >>> 1);
  return middle(bits, MAX_LONGITUDE);
}

/** The latitude of {@link decodeGeohash}. */
export function latitudeOf(hash: number): number {
  const bits = squeeze(Math.floor(hash / 2 ** 32)) * 65536 + squeeze(hash % 2 ** 32);
  return middle(bits, MAX_LATITUDE);
}

/** The middle of column or row number `i` of a full hash. */
function middle(i: number, limit: number): number {
  const first = -limit + i / FULL_SIZE * (2 * limit);
  const last = -limit + (i + 1) / FULL_SIZE * (2 * limit);
  return Math.min(limit, Math.max(-limit, (first + last) / 2));
}

/** The published form of a position's geohash: eleven letters, the last of them always `0`. */
export function geohashText([longitude, latitude]: Position): string {
  const size = 2 ** FULL_STEP;
  const hash = interleave(
    Math.floor((latitude + 90) / 180 * size),
    Math.floor((longitude + 180) / 360 * size),
  );
  let text = "";
  for (let i = 1; i < TEXT_LENGTH; i++) {
    text += ALPHABET[Math.floor(hash / 2 ** (2 * FULL_STEP - 5 * i)) % 32];
  }
  return `${text}0`;
}

/** Metres between two positions, by the haversine formula. */
export function distance(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const v = Math.sin((lon2 * DEGREE - lon1 * DEGREE) / 2);
  if (v === 0) return latitudeDistance(lat1, lat2);
  const u = Math.sin((lat2 * DEGREE - lat1 * DEGREE) / 2);
  const a = u * u + Math.cos(lat1 * DEGREE) * Math.cos(lat2 * DEGREE) * v * v;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(a));
}

/** Metres between two latitudes on one meridian. */
export function latitudeDistance(lat1: number, lat2: number): number {
  return EARTH_RADIUS * Math.abs(lat2 * DEGREE - lat1 * DEGREE);
}

/** The borders of an area around a position that holds everything within the given metres to the east and west, north and south. */
export function boundsAround(
  [longitude, latitude]: Position,
  width: number,
  height: number,
): Bounds {
  const toNorth = height / EARTH_RADIUS / DEGREE;
  // Meridians are closest on the side of the pole.
  const closest = latitude < 0 ? latitude - toNorth : latitude + toNorth;
  const toEast = width / EARTH_RADIUS / Math.cos(closest * DEGREE) / DEGREE;
  return {
    west: longitude - toEast,
    east: longitude + toEast,
    south: latitude - toNorth,
    north: latitude + toNorth,
  };
}

/** How many bits of each coordinate to take so that a cell and its eight neighbours cover a circle with this radius in metres. */
function stepFor(radius: number, latitude: number): number {
  if (radius === 0) return FULL_STEP;
  let step = -1;
  for (let range = radius; range < MERCATOR_MAX; range *= 2) step++;
  // Cells are narrower towards the poles.
  if (Math.abs(latitude) > 66) step--;
  if (Math.abs(latitude) > 80) step--;
  return Math.min(FULL_STEP, Math.max(1, step));
}

/** Directions of a cell's neighbours, in the order in which they are searched, and which border each lies beyond. */
const DIRECTIONS: readonly { readonly east: number; readonly north: number }[] = [
  { east: 0, north: 0 },
  { east: 0, north: 1 },
  { east: 0, north: -1 },
  { east: 1, north: 0 },
  { east: -1, north: 0 },
  { east: 1, north: 1 },
  { east: -1, north: 1 },
  { east: 1, north: -1 },
  { east: -1, north: -1 },
];

/** The cells that cover an area around a position: up to nine of them. */
export function cellsAround(center: Position, radius: number, area: Bounds): Cell[] {
  let step = stepFor(radius, center[1]);
  if (step > 1 && isTooNarrow(cellAt(center, step), area)) step--;
  const middle = cellAt(center, step);
  const own = boundsOf(middle);
  const cells: Cell[] = [];
  for (const { east, north } of DIRECTIONS) {
    // A neighbour is not needed on a side where the cell itself reaches beyond the area.
    const isUseless = step >= 2 &&
      (north < 0 && own.south < area.south || north > 0 && own.north > area.north ||
        east < 0 && own.west < area.west || east > 0 && own.east > area.east);
    if (isUseless) continue;
    const cell = neighbour(middle, east, north);
    const last = cells.length > 1 ? cells[cells.length - 1] : undefined;
    // Cells can be so large that the neighbours on two sides are the same cell.
    if (last?.column === cell.column && last.row === cell.row) continue;
    cells.push(cell);
  }
  return cells;
}

/** Whether an area reaches beyond a cell's neighbours, because the position stands near the cell's edge. */
function isTooNarrow(cell: Cell, area: Bounds): boolean {
  return boundsOf(neighbour(cell, 0, 1)).north < area.north ||
    boundsOf(neighbour(cell, 0, -1)).south > area.south ||
    boundsOf(neighbour(cell, 1, 0)).east < area.east ||
    boundsOf(neighbour(cell, -1, 0)).west > area.west;
}

/** Bits of `even` and `odd` in turn, those of `even` first; both below 2^26. */
function interleave(even: number, odd: number): number {
  const high = spread(even >>> 16) + spread(odd >>> 16) * 2;
  const low = (spread(even & 0xffff) | spread(odd & 0xffff) << 1) >>> 0;
  return high * 2 ** 32 + low;
}

/** Puts a zero in front of each of 16 bits. */
function spread(value: number): number {
  let bits = value;
  bits = (bits | bits << 8) & 0x00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f;
  bits = (bits | bits << 2) & 0x33333333;
  return (bits | bits << 1) & 0x55555555;
}

/** Every second bit of a word, from the lowest on. */
function squeeze(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | bits >>> 1) & 0x33333333;
  bits = (bits | bits >>> 2) & 0x0f0f0f0f;
  bits = (bits | bits >>> 4) & 0x00ff00ff;
  return (bits | bits >>> 8) & 0x0000ffff;
}
