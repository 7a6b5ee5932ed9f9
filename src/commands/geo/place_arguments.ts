/**
 * Places and distances as arguments.
 *
 * @module
 */
import { formatFixed } from "../../lib/double.ts";
import { MAX_LATITUDE, MAX_LONGITUDE, type Position } from "../../lib/geography.ts";
import type { Call } from "../../command/call.ts";
import { err, type ReplyError } from "../../command/errors.ts";

const UNITS: Readonly<Record<string, number>> = { m: 1, km: 1000, ft: 0.3048, mi: 1609.34 };
const badUnit = err("unsupported unit provided. please use M, KM, FT, MI");

/** The position in arguments `i` (longitude) and `i + 1` (latitude). */
export function positionAt(call: Call, i: number): Position {
  const longitude = call.double(i);
  const latitude = call.double(i + 1);
  if (Math.abs(longitude) > MAX_LONGITUDE || Math.abs(latitude) > MAX_LATITUDE) {
    const pair = `${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`;
    throw err(`invalid longitude,latitude pair ${pair}`);
  }
  return [longitude, latitude];
}

/** Metres in the unit that argument `i` names. */
export function unitAt(call: Call, i: number): number {
  const metres = UNITS[call.args.cText(i).toLowerCase()];
  if (metres === undefined) throw badUnit;
  return metres;
}

/** Argument `i` as a length; `what` names it in the error. */
export function lengthAt(call: Call, i: number, what: string): number {
  const error: ReplyError = err(`need numeric ${what}`);
  return call.double(i, error);
}
