/**
 * The part of the sandbox that is written in Lua: functions that must be able to stop in the middle and go on later.
 *
 * A script that runs too long is paused by a hook, which yields. Lua 5.1 cannot yield across a function of C, so what calls the script's own
 * functions must be Lua. `pcall` calls directly where it can: nothing but `direct_calls.ts` gets to its last line. Otherwise a protected call is a
 * coroutine of its own, and when it is paused the caller pauses too, up to the thread of the script. Whoever resumes a coroutine looks whether it
 * has yielded or was paused.
 *
 * @module
 */

/** What errors would call the chunk. */
export const PRELUDE_NAME = "=prelude";

/**
 * A chunk that is called with functions of ours and of Lua's own, and returns what takes the place of Lua's.
 *
 * - `attempt(f, ...)` runs a function in a coroutine: true and its results, false and the error, or nil, the coroutine and what it has yielded if
 *   it is not over. `again(co, ...)` goes on with it.
 * - `resume(co, ...)` is Lua's own, but that nil is its only result if the coroutine was paused.
 */
export const PRELUDE = `
local attempt, again, resume, native, loadstring, error, type, concat, count,
  needs_coroutine = ...
local create, yield = native.create, native.yield

local function settled(state, ...)
  if state ~= nil then return state, ... end
  local function continued(co, ...)
    return settled(again(co, yield(...)))
  end
  return continued(...)
end

-- Redis gives scripts the message of an error table, and what else stands in its place behind the table.
local function failed(e)
  if type(e) ~= "table" then return false, e end
  local message = e.err
  local kind = type(message)
  if kind == "string" or kind == "number" then return false, message end
  return false, e, message
end

local function told(ok, ...)
  if ok then return ok, ... end
  return failed((...))
end

local function pcall(...)
  local e
  if needs_coroutine(...) then return told(settled(attempt(...))) end
  do return true, e(...) end
  do local x local function f() return x end end
  return failed(e)
end

-- An error of the handler is handled too, until it is too much.
local function handled(handler, ok, ...)
  if ok then return true, ... end
  local result = (...)
  for i = 1, 195 do
    ok, result = settled(attempt(handler, result))
    if ok then return false, result end
  end
  return false, "error in error handling"
end

local function xpcall(f, ...)
  if count("#", ...) == 0 then error("bad argument #2 to 'xpcall' (value expected)", 2) end
  return handled((...), settled(attempt(f)))
end

local function resumed(co, state, ...)
  if state ~= nil then return state, ... end
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
