/**
 * Tokens with which a user acts over HTTP, where a request brings no connection that has authenticated.
 *
 *     base64url(name · 0 · password)
 *
 * A token is the user's own credentials in one word, so it needs no store, works after a restart, and ends with the password that it holds.
 * A user who needs no password has no token: anybody could make it.
 *
 * @module
 */
import type { Acl } from "./acl.ts";
import type { User } from "./user.ts";

/** The token for these credentials; names and passwords are texts of bytes. */
export function restToken(name: string, password: string): string {
  return btoa(`${name}\0${password}`).replaceAll("+", "-").replaceAll("/", "_");
}

/** The user for whom a token was made, if its password still is one; undefined if not, or if it is no token. */
export function userOfToken(acl: Acl, token: string): User | undefined {
  if (!/^[\w-]+={0,2}$/.test(token)) return undefined;
  let credentials: string;
  try {
    credentials = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  const end = credentials.indexOf("\0");
  if (end < 0) return undefined;
  const user = acl.authenticate(credentials.slice(0, end), credentials.slice(end + 1));
  return user?.needsNoPassword ? undefined : user;
}
