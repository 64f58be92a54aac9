"""Messages written by hand, so that they may be as wrong as a test wants."""


def delimited(number, content):
    """A field of a message that has a length."""
    out = b""
    for value in (number << 3 | 2, len(content)):
        while value >= 128:
            out += bytes([value % 128 + 128])
            value //= 128
        out += bytes([value])
    return out + content
