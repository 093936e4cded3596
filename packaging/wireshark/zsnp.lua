-- Wireshark dissector of ZSNP, the signalling of Landbridge's distributed routing (docs/protocol/zsnp.md).
-- Into a plugin directory (Help, About, Folders), or: wireshark -X lua_script:zsnp.lua FILE
-- Inside VXLAN tunnels it is found, too: on another port than 4789, add -d udp.port==8472,vxlan
-- The authentication code is shown and not checked: that would take the VPC's key.

local zsnp = Proto("zsnp", "Landbridge ZSNP")

local PROTOCOL, HEADER, CODE, MAX = 253, 40, 16, 512
local VERSION = 1

local TYPES = {
    [1] = "HINT", [2] = "QUERY", [3] = "ANSWER", [4] = "PROBE", [5] = "PROBE-ACK", [6] = "RENEW",
    [7] = "RENEW-ACK", [8] = "REVOKE", [9] = "REVOKE-ACK", [10] = "MOVED",
}
local REFUSALS = { [1] = "ABSENT", [2] = "SHARED", [3] = "NETWORK", [4] = "BUSY" }

local f = {
    magic = ProtoField.string("zsnp.magic", "Magic"),
    version = ProtoField.uint8("zsnp.version", "Version"),
    type = ProtoField.uint8("zsnp.type", "Type", base.DEC, TYPES),
    length = ProtoField.uint16("zsnp.length", "Length"),
    key = ProtoField.uint32("zsnp.key", "Key id"),
    router = ProtoField.uint32("zsnp.router", "Router"),
    nonce = ProtoField.uint64("zsnp.nonce", "Nonce", base.HEX),
    sequence = ProtoField.uint64("zsnp.sequence", "Sequence"),
    time = ProtoField.uint64("zsnp.time", "Time (ms)"),
    field = ProtoField.uint8("zsnp.field", "Field"),
    epoch = ProtoField.uint64("zsnp.epoch", "Epoch"),
    lease = ProtoField.uint32("zsnp.lease", "Lease (ms)"),
    network = ProtoField.uint32("zsnp.network", "Network"),
    vtep = ProtoField.string("zsnp.vtep", "VTEP"),
    router_mac = ProtoField.ether("zsnp.router_mac", "Router's MAC"),
    address = ProtoField.string("zsnp.address", "Address"),
    size = ProtoField.uint16("zsnp.size", "Size"),
    ingress_network = ProtoField.uint32("zsnp.ingress.network", "Network"),
    ingress_prefix = ProtoField.string("zsnp.ingress.prefix", "Senders"),
    ingress_router_mac = ProtoField.ether("zsnp.ingress.router_mac", "Router's MAC"),
    target_address = ProtoField.string("zsnp.target.address", "Address"),
    target_mac = ProtoField.ether("zsnp.target.mac", "MAC"),
    target_network = ProtoField.uint32("zsnp.target.network", "Network"),
    target_vni = ProtoField.uint32("zsnp.target.vni", "VNI"),
    target_port = ProtoField.uint16("zsnp.target.port", "UDP port of tunnels"),
    target_router_mac = ProtoField.ether("zsnp.target.router_mac", "Router's MAC"),
    place_address = ProtoField.string("zsnp.place.address", "Address"),
    place_mac = ProtoField.ether("zsnp.place.mac", "MAC"),
    place_vtep = ProtoField.string("zsnp.place.vtep", "VTEP"),
    place_network = ProtoField.uint32("zsnp.place.network", "Network"),
    place_vni = ProtoField.uint32("zsnp.place.vni", "VNI"),
    place_mtu = ProtoField.uint16("zsnp.place.mtu", "MTU"),
    place_generation = ProtoField.uint64("zsnp.place.generation", "Generation"),
    refusal_address = ProtoField.string("zsnp.refusal.address", "Address"),
    refusal_reason = ProtoField.uint8("zsnp.refusal.reason", "Reason", base.DEC, REFUSALS),
    use_address = ProtoField.string("zsnp.use.address", "Address"),
    use_packets = ProtoField.uint64("zsnp.use.packets", "Packets"),
    use_bytes = ProtoField.uint64("zsnp.use.bytes", "Bytes"),
    unknown = ProtoField.bytes("zsnp.unknown", "Unknown field"),
    code = ProtoField.bytes("zsnp.code", "Authentication code"),
    padding = ProtoField.bytes("zsnp.padding", "Padding"),
}
local all = {}
for _, one in pairs(f) do
    all[#all + 1] = one
end
zsnp.fields = all

local garbled = ProtoExpert.new("zsnp.garbled", "Not built as it must be", expert.group.MALFORMED, expert.severity.ERROR)
zsnp.experts = { garbled }

-- 16 bytes; IPv4 as ::ffff:a.b.c.d
local function address(range)
    for at = 0, 9 do
        if range(at, 1):uint() ~= 0 then
            return tostring(range:ipv6())
        end
    end
    if range(10, 2):uint() ~= 0xffff then
        return tostring(range:ipv6())
    end
    return tostring(range(12, 4):ipv4())
end

-- What a field consists of: {field, bytes}, an address being 16 with "a", a prefix 17 with "p".
local PARTS = {
    [1] = { "Epoch", { "epoch", 8 } },
    [2] = { "Lease", { "lease", 4 } },
    [3] = { "Ingress", { "ingress_network", 4 }, { "ingress_prefix", 17, "p" }, { "ingress_router_mac", 6 } },
    [4] = {
        "Target", { "target_address", 16, "a" }, { "target_mac", 6 }, { "target_network", 4 }, { "target_vni", 4 },
        { "target_port", 2 }, { "target_router_mac", 6 },
    },
    [5] = { "Network", { "network", 4 } },
    [6] = { "VTEP", { "vtep", 16, "a" } },
    [7] = {
        "Place", { "place_address", 16, "a" }, { "place_mac", 6 }, { "place_vtep", 16, "a" }, { "place_network", 4 },
        { "place_vni", 4 }, { "place_mtu", 2 }, { "place_generation", 8 },
    },
    [8] = { "Refusal", { "refusal_address", 16, "a" }, { "refusal_reason", 1 } },
    [9] = { "Router's MAC", { "router_mac", 6 } },
    [10] = { "Address", { "address", 16, "a" } },
    [11] = { "Size", { "size", 2 } },
    [12] = { "Use", { "use_address", 16, "a" }, { "use_packets", 8 }, { "use_bytes", 8 } },
}

local function show_field(kind, value, tree)
    local parts = PARTS[kind]
    if not parts then
        tree:add(f.unknown, value)
        return
    end
    local at = 0
    for index = 2, #parts do
        local name, length, how = parts[index][1], parts[index][2], parts[index][3]
        if at + length > value:len() then
            tree:add_proto_expert_info(garbled, parts[1] .. " is short")
            return
        end
        local range = value(at, length)
        if how == "a" then
            tree:add(f[name], range, address(range))
        elseif how == "p" then
            tree:add(f[name], range, address(range(0, 16)) .. "/" .. range(16, 1):uint())
        else
            tree:add(f[name], range)
        end
        at = at + length
    end
end

local function show_fields(body, tree)
    local at = 0
    while at < body:len() do
        if at + 2 > body:len() or at + 2 + body(at + 1, 1):uint() > body:len() then
            tree:add_proto_expert_info(garbled, "a field is longer than the message")
            return
        end
        local kind, length = body(at, 1):uint(), body(at + 1, 1):uint()
        local whole = body(at, 2 + length)
        local name = PARTS[kind] and PARTS[kind][1] or "Unknown"
        local branch = tree:add(f.field, body(at, 1))
        branch:set_len(whole:len())
        branch:set_text(name)
        if length > 0 then
            show_field(kind, body(at + 2, length), branch)
        end
        at = at + 2 + length
    end
end

function zsnp.dissector(buffer, pinfo, root)
    if buffer:len() < HEADER + CODE or buffer(0, 4):string() ~= "ZSNP" then
        return 0
    end
    local kind, length = buffer(5, 1):uint(), buffer(6, 2):uint()
    local name = TYPES[kind] or string.format("type %d", kind)
    pinfo.cols.protocol = "ZSNP"
    pinfo.cols.info = string.format("%s, router %d", name, buffer(12, 4):uint())
    local tree = root:add(zsnp, buffer(), "Landbridge ZSNP, " .. name)
    tree:add(f.magic, buffer(0, 4))
    tree:add(f.version, buffer(4, 1))
    tree:add(f.type, buffer(5, 1))
    tree:add(f.length, buffer(6, 2))
    tree:add(f.key, buffer(8, 4))
    tree:add(f.router, buffer(12, 4))
    tree:add(f.nonce, buffer(16, 8))
    tree:add(f.sequence, buffer(24, 8))
    tree:add(f.time, buffer(32, 8))
    if buffer(4, 1):uint() ~= VERSION or length < HEADER + CODE or length > math.min(buffer:len(), MAX) then
        tree:add_proto_expert_info(garbled, "another version, or a length that is not the packet's")
        return buffer:len()
    end
    if length > HEADER + CODE then
        show_fields(buffer(HEADER, length - HEADER - CODE), tree)
    end
    tree:add(f.code, buffer(length - CODE, CODE))
    if buffer:len() > length then
        tree:add(f.padding, buffer(length))
    end
    return buffer:len()
end

DissectorTable.get("ip.proto"):add(PROTOCOL, zsnp)
