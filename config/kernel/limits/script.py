"""The generic cell rate algorithm as one atomic script: any number of buckets are looked at together.

A bucket is one number: the theoretical arrival time (TAT), the microsecond at which it would be full again. A request
moves it by one interval and is refused when it would lie more than a whole window ahead (ITU-T I.371, annex A). When
one enforced bucket refuses, no bucket moves: what was refused costs nobody anything.

The clock is the server's own, so that several web processes need not agree on the time.
"""

import hashlib

# ARGV, for each key: interval (us), window (us), 1 when it may refuse. The answer is one string, because it is read
# quicker than a list: "wait_us remaining reset_us" for each key, wait 0 where it admits.
TAKE = b"""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local arrivals, answer, refused = {}, {}, false
for i = 1, #KEYS do
  local interval, window = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local arrival = math.min(math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now), now + window)
  local wait = arrival + interval - window - now
  if wait > 0 then
    arrivals[i] = false
    refused = refused or ARGV[3 * i] == '1'
    answer[i] = string.format('%.0f 0 %.0f', wait, arrival - now)
  else
    arrivals[i] = arrival + interval
    answer[i] = string.format('0 %.0f %.0f', math.floor(-wait / interval), arrival + interval - now)
  end
end
if not refused then
  for i = 1, #KEYS do
    if arrivals[i] then
      redis.call('SET', KEYS[i], string.format('%.0f', arrivals[i]),
        'PX', math.ceil((arrivals[i] - now) / 1000) + 1)
    end
  end
end
return table.concat(answer, ' ')
"""

# ARGV, for each key: interval (us). What was taken by mistake is given back.
GIVE_BACK = b"""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
for i = 1, #KEYS do
  local arrival = tonumber(redis.call('GET', KEYS[i]) or 0) - tonumber(ARGV[i])
  if arrival <= now then
    redis.call('DEL', KEYS[i])
  else
    redis.call('SET', KEYS[i], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
  end
end
return 'OK'
"""


def digest_of(script: bytes) -> bytes:
    """The name by which EVALSHA calls a script."""
    return hashlib.sha1(script, usedforsecurity=False).hexdigest().encode()
