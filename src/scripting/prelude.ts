/**
 * The part of the sandbox that is written in Lua: functions that must be able to stop in the middle and go on later.
 *
 * A script that runs too long is paused by a hook, which yields. Lua 5.1 cannot yield across a function of C, so what calls the script's own
 * functions must be Lua: a protected call is a coroutine of its own here, and when it is paused the caller pauses too, up to the thread of the
 * script. Whoever resumes a coroutine looks whether it has yielded or was paused.
 *
 * @module
 */

/** What errors would call the chunk. */
export const PRELUDE_NAME = "=prelude";

/**
 * A chunk that is called with functions of ours and of Lua's own, and returns what takes the place of Lua's.
 *
 * - `attempt(f, ...)` runs a function in a coroutine: true and its results, false and the error's message, or nil, the
 *   coroutine and what it has yielded if it was paused, or has yielded. `attempt_raw(f)` gives errors as they are.
 * - `is_paused()` tells whether the last yield was the hook's.
 * - `message(e)` is the message of an error table, or any other error as it is.
 */
export const PRELUDE = `
local attempt, attempt_raw, is_paused, message, native, loadstring, error, type, concat, count = ...
local create, resume, status, yield = native.create, native.resume, native.status, native.yield

local function finish(message, co, ok, ...)
  if not ok then return false, message((...)) end
  if status(co) == "dead" then return true, ... end
  return finish(message, co, resume(co, yield(...)))
end

local function continued(message, co, ...)
  return finish(message, co, resume(co, yield(...)))
end

local function settled(message, state, ...)
  if state ~= nil then return state, ... end
  return continued(message, ...)
end

local function pcall(...)
  return settled(message, attempt(...))
end

local function handled(handler, ok, ...)
  if ok then return true, ... end
  local is_handled, result = pcall(handler, (...))
  if is_handled then return false, result end
  return false, "error in error handling"
end

local function same(e) return e end

local function xpcall(f, ...)
  if count("#", ...) == 0 then error("bad argument #2 to 'xpcall' (value expected)", 2) end
  local handler = ...
  return handled(handler, settled(same, attempt_raw(f)))
end

local function resumed(co, ok, ...)
  if not is_paused() or status(co) ~= "suspended" then return ok, ... end
  yield()
  return resumed(co, resume(co))
end

local function unwrapped(ok, ...)
  if ok then return ... end
  local e = ...
  error(e, type(e) == "string" and 3 or 0)
end

local function wrap(f)
  local co = create(f)
  return function(...)
    return unwrapped(resumed(co, resume(co, ...)))
  end
end

local function load(f, name)
  local pieces = {}
  while true do
    local ok, piece = pcall(f)
    if not ok then return nil, piece end
    if piece == nil or piece == "" then break end
    if type(piece) ~= "string" then return nil, "reader function must return a string" end
    pieces[#pieces + 1] = piece
  end
  return loadstring(concat(pieces), name or "=(load)")
end

return pcall, xpcall, function(co, ...) return resumed(co, resume(co, ...)) end, wrap, load
`;
