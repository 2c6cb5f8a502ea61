-- The load of `scripts/bench`: fraud alerts, which are decided at any hour, each to a number of its own.
local counter = 0
local thread_id = 0

function setup(thread)
    thread:set("id", thread_id)
    thread_id = thread_id + 1
end

function init(args)
    math.randomseed(tonumber(os.getenv("BENCH_SEED") or "1") + id)
    wrk.method = "POST"
    wrk.path = "/v1/decisions"
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_KEY") or "none")
end

function request()
    counter = counter + 1
    local phone = string.format("+8613%09d", math.random(0, 899999999))
    local body = string.format(
        '{"request_id":"b-%s-%d-%d","phone":"%s","purpose":"fraud_alert","mode":"live","caller_id":"+862223456789",'
        .. '"event":"e-%d","agent":"A1024","data_fields":["customer_ref","event_id","txn_amount"]}',
        os.getenv("BENCH_SEED") or "1", id, counter, phone, counter)
    return wrk.format(nil, nil, nil, body)
end

local bad = 0
function response(status)
    if status ~= 200 then bad = bad + 1 end
end
