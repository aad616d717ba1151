"""Keys of the age format as text (Bech32, BIP 173), and the file with those of a workspace's backups.

The file holds no secret that is not locked: the public key, then the secret one as an age file in armour.
`tail -n +2 backup.key > k.age && age -d -i k.age BACKUP` opens a backup without Loa.
"""

from __future__ import annotations

import base64
import re

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SECRET, _PUBLIC = "age-secret-key-", "age"
_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_FILE = re.compile(rf"(age1[a-z0-9]{{58}})\n{_BEGIN}\n([A-Za-z0-9+/=\n]{{1,4000}}){_END}\n")


def written_secret(key: bytes) -> bytes:
    """As an identity file of age has it."""
    return encode(_SECRET, key).upper().encode("ascii") + b"\n"


def read_secret(line: bytes) -> bytes:
    """The 32 bytes behind it; raises ValueError for anything else."""
    return decode(_SECRET, line.decode("ascii").strip().lower())


def written_pair(public: bytes, locked: bytes) -> str:
    """The whole of a workspace's key file."""
    text = base64.b64encode(locked).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([encode(_PUBLIC, public), _BEGIN, *lines, _END, ""])


def read_pair(text: str) -> tuple[bytes, bytes]:
    """Public key and locked secret key; raises ValueError for anything else than such a file."""
    found = _FILE.fullmatch(text)
    if found is None:
        raise ValueError("not a key of backups")
    return decode(_PUBLIC, found[1]), base64.b64decode(found[2].replace("\n", ""), validate=True)


def encode(prefix: str, data: bytes) -> str:
    values = _regrouped(data, 8, 5)
    check = _checked([*_spread(prefix), *values, *bytes(6)]) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1" + "".join(_SIGNS[value] for value in values)


def decode(prefix: str, text: str) -> bytes:
    """Raises ValueError where the checksum, the prefix or the length (32 bytes) is another one."""
    name, _, rest = text.rpartition("1")
    values = [_SIGNS.index(sign) for sign in rest]  # ValueError for a sign that is none
    if name != prefix or _checked([*_spread(prefix), *values]) != 1:
        raise ValueError(f"no key that begins with {prefix}1")
    data = bytes(_regrouped(values[:-6], 5, 8))
    if len(data) != 33 or data[32]:  # 256 bits in groups of five leave four over
        raise ValueError("a key has 32 bytes")
    return data[:32]


def _checked(values: list[int]) -> int:
    sum_ = 1
    for value in values:
        top, sum_ = sum_ >> 25, (sum_ & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            sum_ ^= term if top >> bit & 1 else 0
    return sum_


def _spread(prefix: str) -> list[int]:
    signs = prefix.encode("ascii")
    return [*(sign >> 5 for sign in signs), 0, *(sign & 31 for sign in signs)]


def _regrouped(values: bytes | list[int], width: int, wanted: int) -> list[int]:
    """Bits in groups of another size, the last one filled up with zeros."""
    number, bits, groups = 0, 0, []
    for value in values:
        number, bits = number << width | value, bits + width
        while bits >= wanted:
            bits -= wanted
            groups.append(number >> bits)
            number &= (1 << bits) - 1
    if bits:
        groups.append(number << wanted - bits)
    return groups
