# program.py MEGABYTES [DIRECTORY]: holds so much private anonymous memory, or a file there of that size, answers what it is sent
# on port 9000 with the same, and prints "still MICROSECONDS" whenever it did not run for a while. By the clock of the day: criu
# has the others stand still as well.
import os, select, socket, sys, time

STILL = 20_000_000  # nanoseconds
PAGE = 4096
CHUNK = 1 << 20


def anonymous():
    with open('/proc/self/smaps_rollup') as rollup:
        return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith('Anonymous:'))


def shared(size, directory):
    import mmap  # which the python of a host, where the floor is measured, lacks
    with open(os.path.join(directory, 'memory'), 'w+b') as file:
        file.truncate(size)
        return mmap.mmap(file.fileno(), size)


def fill(memory):
    view = memoryview(memory)
    for at in range(0, len(memory), CHUNK):  # nothing that could be taken for zeroes
        view[at:at + CHUNK] = os.urandom(min(CHUNK, len(memory) - at))
    return memory


size = int(sys.argv[1]) * 1_000_000
memory = fill(shared(size, sys.argv[2]) if len(sys.argv) > 2 else bytearray(max(size - anonymous(), PAGE)))
server = socket.create_server(('', 9000))
clients = []
at = 0
print('ready', flush=True)
last = time.time_ns()
while True:
    readable, _, _ = select.select([server, *clients], [], [], 0.001)
    for one in readable:
        if one is server:
            client = server.accept()[0]
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            clients.append(client)
            continue
        said = one.recv(65536)
        if said:
            one.sendall(said)
        else:
            clients.remove(one)
            one.close()
    memory[at] = (memory[at] + 1) % 256  # pages are wanted, and changed
    at = (at + 997 * PAGE) % len(memory)
    now = time.time_ns()
    if now - last > STILL:
        print('still', (now - last) // 1000, flush=True)
    last = now
