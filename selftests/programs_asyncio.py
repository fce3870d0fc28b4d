# SPDX-License-Identifier: GPL-2.0
"""An ordinary program on Python's asyncio, for programs.sh.

    programs_asyncio.py serve ADDRESS PORT
    programs_asyncio.py talk ADDRESS PORT CONNECTIONS BYTES

The server answers a line with a number by that many bytes, and then by the
SHA-256 of all the bytes that follow up to the end of the client's stream. The
client does that on several connections at once, and checks both.
"""
import asyncio
import hashlib
import socket
import sys


def pattern(size, seed):
    """Bytes that differ from one connection to the next."""
    block = hashlib.sha512(str(seed).encode()).digest()
    return (block * (size // len(block) + 1))[:size]


async def answer(reader, writer):
    """Serve one connection."""
    size, seed = map(int, (await reader.readline()).split())
    writer.write(pattern(size, seed))
    await writer.drain()
    writer.write(hashlib.sha256(await reader.read()).digest())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def serve(address, port):
    """Serve until killed."""
    server = await asyncio.start_server(answer, address, port)
    async with server:
        await server.serve_forever()


async def talk_once(address, port, size, seed):
    """One connection; both directions at once."""
    reader, writer = await asyncio.open_connection(address, port)
    sock = writer.get_extra_info("socket")
    # asyncio sets this where it takes the socket to be TCP's.
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "TCP_NODELAY is off"
    sent = pattern(size, seed + 1)
    writer.write(f"{size} {seed}\n".encode())
    writer.write(sent)
    writer.write_eof()
    got, _ = await asyncio.gather(reader.readexactly(size), writer.drain())
    assert got == pattern(size, seed), "another text"
    digest = await reader.read()
    assert digest == hashlib.sha256(sent).digest(), "the server got another text"
    writer.close()
    await writer.wait_closed()


async def talk(address, port, connections, size):
    """Several at once, a few times."""
    for turn in range(3):
        await asyncio.gather(*(talk_once(address, port, size, turn * connections + i)
                               for i in range(connections)))


def main(words):
    """Do what the command line says."""
    address, port = words[1], int(words[2])
    if words[0] == "serve":
        asyncio.run(serve(address, port))
    else:
        asyncio.run(talk(address, port, int(words[3]), int(words[4])))


main(sys.argv[1:])
