"""Whoever waits for one answer may ask the next.

Ten cooling units take 0.2 s each to answer. Asked one after the other, their waits add up; ten threads wait side by side, and so does
one thread with asyncio, whose tasks give way at every `await`. In all three the processor has next to nothing to do: look at its time.
In hotzone: app/station.py: Station
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HOST, ANSWER_S, UNITS = "127.0.0.1", 0.2, range(1, 11)


class SlowUnit(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(ANSWER_S)
        self.wfile.write(f"HTTP/1.0 200 OK\r\n\r\n{self.path}: supply air at 18.5 °C".encode())


def ask(port: int, unit: int) -> str:
    connection = HTTPConnection(HOST, port)
    connection.request("GET", f"/crac-{unit}")
    return connection.getresponse().read().decode()


async def ask_all(port: int) -> list[str]:
    async def ask(unit: int) -> str:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(f"GET /crac-{unit} HTTP/1.0\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer.decode().partition("\r\n\r\n")[2]

    return await asyncio.gather(*map(ask, UNITS))


def main() -> dict[str, object]:
    facts: dict[str, object] = {}
    with ThreadingHTTPServer((HOST, 0), SlowUnit) as server, ThreadPoolExecutor(len(UNITS)) as pool:
        server.socket.listen(len(UNITS))  # so many may knock at once
        Thread(target=server.serve_forever, daemon=True).start()
        for name, way in {
            "one after the other": lambda port: [ask(port, unit) for unit in UNITS],
            "ten threads": lambda port: list(pool.map(lambda unit: ask(port, unit), UNITS)),
            "asyncio": lambda port: asyncio.run(ask_all(port)),
        }.items():
            began, computing = time.perf_counter(), time.process_time()
            pages = way(server.server_port)
            facts[name] = fact = {"pages": pages, "seconds": time.perf_counter() - began, "computing": time.process_time() - computing}
            print(f"{name:20} {len(pages)} pages in {fact['seconds']:.2f} s, the processor worked for {fact['computing']:.2f} s of them")
        server.shutdown()
    return facts


if __name__ == "__main__":
    main()
