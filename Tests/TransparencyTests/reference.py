"""The log's formats once more, from the specifications and with the standard library alone.

  reference.py tree N                     roots, inclusion and consistency proofs of trees of 0 to N leaves
  reference.py note VKEY...               verifies a note on standard input, every signature line of it
  reference.py receipt VKEY               verifies a receipt on standard input; prints the entry in hexadecimal
  reference.py sign NAME SEED             signs the text on standard input; prints key and note

Tree: RFC 9162, section 2.1. Ed25519: RFC 8032, section 5.1. Note, checkpoint, proof, cosignature: C2SP.
"""
import base64
import hashlib
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


# The tree, as the recursive definitions say.

def leaf(number):
    return b"leaf %d" % number


def split(count):
    k = 1
    while k * 2 < count:
        k *= 2
    return k


ROOTS = {}


def mth(low, high):
    if (low, high) not in ROOTS:
        if high == low:
            root = sha256(b"")
        elif high - low == 1:
            root = sha256(b"\x00" + leaf(low))
        else:
            k = split(high - low)
            root = sha256(b"\x01" + mth(low, low + k) + mth(low + k, high))
        ROOTS[low, high] = root
    return ROOTS[low, high]


def path(m, low, high):
    if high - low == 1:
        return []
    k = split(high - low)
    if m < k:
        return path(m, low, low + k) + [mth(low + k, high)]
    return path(m - k, low + k, high) + [mth(low, low + k)]


def subproof(m, low, high, known):
    if m == high - low:
        return [] if known else [mth(low, high)]
    k = split(high - low)
    if m <= k:
        return subproof(m, low, low + k, known) + [mth(low + k, high)]
    return subproof(m - k, low + k, high, False) + [mth(low, low + k)]


def tree(greatest):
    for size in range(greatest + 1):
        print("root", size, 0, mth(0, size).hex())
        for index in range(size):
            print("inclusion", index, size, *[h.hex() for h in path(index, 0, size)])
        for first in range(1, size):
            print("consistency", first, size, *[h.hex() for h in subproof(first, 0, size, True)])


# Ed25519 in affine coordinates: slow and short.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def multiply(k, point):
    result = (0, 1)
    while k:
        if k & 1:
            result = add(result, point)
        point = add(point, point)
        k >>= 1
    return result


def decode(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        raise ValueError("no point")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        raise ValueError("no point")
    return (P - x if x & 1 != sign else x, y)


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def challenge(r, public, message):
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L


def verifies(public, message, signature):
    if len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    return multiply(s, BASE) == add(decode(r), multiply(challenge(r, public, message), decode(public)))


def secret(seed):
    digest = hashlib.sha512(seed).digest()
    number = int.from_bytes(digest[:32], "little")
    return number & (1 << 254) - 8 | 1 << 254, digest[32:]


def sign(seed, message):
    a, prefix = secret(seed)
    public = encode(multiply(a, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    point = encode(multiply(r, BASE))
    return point + ((r + challenge(point, public, message) * a) % L).to_bytes(32, "little")


# Notes.

def open_note(data, vkeys):
    keys = {}
    for vkey in vkeys:
        name, digits, text = vkey.split("+", 2)
        key = base64.b64decode(text, validate=True)
        assert sha256(name.encode() + b"\n" + key)[:4].hex() == digits, "the key's hash"
        keys[name, digits] = key
    text, _, lines = data.rpartition(b"\n\n")
    text += b"\n"
    assert lines.endswith(b"\n"), "the note's end"
    for line in lines.decode().splitlines():
        dash, name, signature = line.split(" ")
        assert dash == "—", "the dash"
        signature = base64.b64decode(signature, validate=True)
        key = keys[name, signature[:4].hex()]
        message, signature = text, signature[4:]
        if key[0] == 4:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = b"cosignature/v1\ntime %d\n" % time + text
        assert verifies(key[1:], message, signature), "the signature of " + name
    return text


def receipt(data, vkey):
    head, _, note = data.partition(b"\n\n")
    lines = head.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1", "the header"
    assert lines[1].startswith("extra ") and lines[2].startswith("index "), "the second and third line"
    entry, index = base64.b64decode(lines[1][6:], validate=True), int(lines[2][6:])
    _, size, root = open_note(note, [vkey]).decode().split("\n")[:3]
    proof = [base64.b64decode(line, validate=True) for line in lines[3:]]

    def climb(m, count, proof):
        if count == 1:
            assert not proof, "the proof's length"
            return sha256(b"\x00" + entry)
        k = split(count)
        if m < k:
            return sha256(b"\x01" + climb(m, k, proof[:-1]) + proof[-1])
        return sha256(b"\x01" + proof[-1] + climb(m - k, count - k, proof[:-1]))

    assert 0 <= index < int(size), "the index"
    assert climb(index, int(size), proof) == base64.b64decode(root, validate=True), "the root"
    return entry


def main(command, *arguments):
    if command == "tree":
        tree(int(arguments[0]))
    elif command == "note":
        sys.stdout.write(open_note(sys.stdin.buffer.read(), arguments).decode())
    elif command == "receipt":
        print(receipt(sys.stdin.buffer.read(), arguments[0]).hex())
    elif command == "sign":
        name, seed, text = arguments[0], bytes.fromhex(arguments[1]), sys.stdin.buffer.read()
        key = b"\x01" + encode(multiply(secret(seed)[0], BASE))
        digest = sha256(name.encode() + b"\n" + key)[:4]
        print("%s+%s+%s" % (name, digest.hex(), base64.b64encode(key).decode()))
        sys.stdout.flush()
        sys.stdout.buffer.write(text + b"\n" + "— {} {}\n".format(
            name, base64.b64encode(digest + sign(seed, text)).decode()).encode())


main(*sys.argv[1:])
