"""What a hostile repository would try. Each attack prints `held`, or what it
reached. Run inside the sandbox by tests/runner/escape.rs:

    python3 attacks.py NAME FACTS

FACTS is what an attacker could know of the machine, as JSON.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    """A system call by its number: -errno where it fails."""
    result = LIBC.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    return -ctypes.get_errno() if result == -1 else result


def reached(tries):
    """Names of those tries that did not fail."""
    through = []
    for name, attempt in tries:
        try:
            answer = attempt()
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
        if isinstance(answer, int) and not isinstance(answer, bool) and answer < 0:
            continue
        if answer is False:
            continue
        through.append(name)
    return through


def connects(family, address, kind=socket.SOCK_STREAM):
    def attempt():
        with socket.socket(family, kind) as opened:
            opened.settimeout(2)
            opened.connect(address)
            opened.send(b"out")

    return attempt


def tcp(facts):
    addresses = [("127.0.0.1", facts["tcp"]), ("1.1.1.1", 443)]
    six = [("::1", facts["tcp"])]
    return reached(
        [(str(a), connects(socket.AF_INET, a)) for a in addresses]
        + [(str(a), connects(socket.AF_INET6, a)) for a in six]
    )


def udp(facts):
    addresses = [("127.0.0.1", facts["udp"]), ("1.1.1.1", 53)]
    for address in addresses:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
                opened.sendto(b"out", address)
        except OSError:
            pass
    # Whether anything arrived only the host can say.
    return reached([("1.1.1.1", connects(socket.AF_INET, ("1.1.1.1", 53), socket.SOCK_DGRAM))])


def dns(facts):
    return reached([("a name", lambda: socket.getaddrinfo("example.com", 443) and True)])


def abstract(facts):
    name = "\0" + facts["abstract"]
    return reached([("stream", connects(socket.AF_UNIX, name))])


def unix_path(facts):
    path = facts["unix"]

    def by_pair():
        # The end of a pair of datagrams can be sent to any path.
        one, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        one.connect(path)
        one.send(b"out")

    return reached([("stream", connects(socket.AF_UNIX, path)), ("pair", by_pair)])


def families(facts):
    """Kinds of sockets that no network namespace holds."""
    kinds = {"alg": 38, "packet": 17, "vsock": 40, "bluetooth": 31, "can": 29, "xdp": 44, "kcm": 41}
    tries = [
        (name, lambda number=number: socket.socket(number, socket.SOCK_STREAM) and True)
        for name, number in kinds.items()
    ]
    tries += [
        (f"{name} datagrams", lambda number=number: socket.socket(number, socket.SOCK_DGRAM) and True)
        for name, number in kinds.items()
    ]
    netfilter = 12
    tries.append(("netfilter", lambda: socket.socket(16, socket.SOCK_RAW, netfilter) and True))
    tries.append(("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and True))
    return reached(tries)


def writes(path):
    def attempt():
        with open(os.path.join(path, "sentinel-was-here"), "w") as file:
            file.write("out")

    return attempt


def write_outside(facts):
    places = ["/", "/usr", "/usr/bin", "/usr/local/bin", "/etc", "/dev", "/proc", "/sys", "/home"]
    places += ["/root", "/var/tmp", "/run", "/opt", "/lib", facts["open_directory"]]
    places += facts["tools"]
    tries = [(place, writes(place)) for place in places]
    tries.append(("the program", lambda: open(facts["program"], "r+b") and True))
    tries.append(("sentinel", lambda: open("/sentinel", "r+b") and True))
    tries.append(("the keeper's program", lambda: open(f"/proc/{os.getppid()}/exe", "r+b") and True))
    return reached(tries)


def read_outside(facts):
    paths = [facts["secret"], "/etc/shadow", "/root/.bashrc", "/root/.profile", "/etc/machine-id"]
    paths += [facts["memory_of_host"], "/dev/mem", "/dev/kmsg", "/var/log/dpkg.log", "/etc/hostname"]
    tries = [(path, lambda path=path: open(path, "rb").read(1) and True) for path in paths]
    tries += [(f"list {path}", lambda path=path: os.listdir(path) and True) for path in ["/root", "/var"]]
    # Only the tools that were bound may be below a home.
    return [what for what in reached(tries) if what != "list /root" or set(os.listdir("/root")) - set(facts["bound"])]


def names_outside(facts):
    """Whether a file is there, without reading it."""
    return reached([("stat", lambda: os.stat(facts["secret"]) and True)])


def environment(facts):
    known = {
        "CARGO_HOME", "CARGO_NET_OFFLINE", "CI", "GIT_CONFIG_NOSYSTEM", "GIT_TERMINAL_PROMPT",
        "GOPROXY", "HOME", "LANG", "LC_CTYPE", "LOGNAME", "PATH", "PIP_NO_INDEX", "PWD", "TERM",
        "TMPDIR", "USER", "UV_OFFLINE", "npm_config_offline",
    }
    return sorted(set(os.environ) - known)


def descriptors(facts):
    return reached([(number, lambda number=number: os.fstat(number) and True) for number in range(3, 1024)])


def fork_bomb(facts):
    """As many processes as there may be; each only waits."""
    children = 0
    deadline = time.monotonic() + 10
    while children < facts["processes"] * 4 and time.monotonic() < deadline:
        try:
            pid = os.fork()
        except OSError:
            break
        if pid == 0:
            os.close(1)
            os.close(2)
            time.sleep(60)
            os._exit(0)
        children += 1
    return [f"{children} processes"] if children >= facts["processes"] else []


def hoard(size):
    block = bytearray(size)
    for at in range(0, size, 4096):
        block[at] = 1
    return block


def memory_one(facts):
    """One process, twice what it may have."""
    try:
        hoard(2 * facts["memory"])
    except MemoryError:
        return []
    return ["it has it"]


def memory_many(facts):
    """Eight processes, each half of what all may have."""
    ready = []
    for _ in range(8):
        read, write = os.pipe()
        if os.fork() == 0:
            try:
                block = hoard(facts["memory"] // 2)
                os.write(write, b"+")
                time.sleep(5)
                del block
            finally:
                os._exit(0)
        os.close(write)
        ready.append(read)
    held = sum(1 for read in ready if os.read(read, 1) == b"+")
    return [f"{held} of 8 have it"] if held > 4 else []


def orphans(facts):
    """A daemon with two parents gone, in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in range(3):
                os.close(descriptor)
            os.execv("/bin/sh", ["/bin/sh", "-c", f": {facts['marker']}; while :; do sleep 1; done"])
        os._exit(0)
    time.sleep(0.3)
    return []


def endless(facts):
    """Deaf to everything, and so are its children."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
    while True:
        time.sleep(1)


def ptrace(facts):
    attach, seize = 16, 0x4206
    keeper = os.getppid()
    child = os.fork()
    if child == 0:
        time.sleep(5)
        os._exit(0)
    tries = []
    for name, pid in [("keeper", keeper), ("first", 1), ("child", child), ("host", facts["host"])]:
        tries += [
            (f"attach {name}", lambda pid=pid: call(101, attach, pid, 0, 0)),
            (f"seize {name}", lambda pid=pid: call(101, seize, pid, 0, 0)),
            (f"memory of {name}", lambda pid=pid: call(310, pid, 0, 0, 0, 0, 0)),
        ]
    for name, pid in [("keeper", keeper), ("host", facts["host"])]:
        for file in ["mem", "environ", "maps", "root/etc", "cwd/x", "fd/1"]:
            path = f"/proc/{pid}/{file}"
            tries.append((path, lambda path=path: os.stat(path) and open(path, "rb").read(1) and True))
    through = reached(tries)
    os.kill(child, signal.SIGKILL)
    return through


def signals(facts):
    """Everything but this attack's own processes."""
    tries = [
        (name, lambda pid=pid: os.kill(pid, signal.SIGKILL) or True)
        for name, pid in [("host", facts["host"]), ("neighbour", facts["neighbour"])]
    ]
    through = reached(tries)
    for pid in {os.getppid(), 1}:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError:
                pass
    # Were the keeper gone or stopped, nobody would hear this.
    return through


def limits_of_others(facts):
    tries = []
    for pid in {os.getppid(), 1, facts["neighbour"]}:
        tries.append((f"limit of {pid}", lambda pid=pid: resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0)) and True))
    return reached(tries)


def proc(facts):
    tries = [
        (path, lambda path=path: open(path, "w").write("x") and True)
        for path in ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches"]
    ]
    for file in ["cmdline", "environ", "status"]:
        path = f"/proc/{facts['neighbour']}/{file}"
        # In a namespace of one's own the number is somebody else's or nobody's.
        tries.append((path, lambda path=path: facts["neighbour_name"] in open(path).read()))
    tries += [(path, lambda path=path: open(path, "rb").read(1) and True) for path in ["/proc/kcore", "/proc/kmsg", "/proc/1/environ"]]
    tries.append(("the list of processes", lambda: str(facts["host"]) in os.listdir("/proc") and len(os.listdir("/proc")) > 100))
    return reached(tries)


def namespaces(facts):
    user, mount, pid, net = 0x10000000, 0x00020000, 0x20000000, 0x40000000
    tries = [
        (f"unshare {flag:#x}", lambda flag=flag: call(272, flag)) for flag in (user, mount, pid, net)
    ]
    tries += [
        ("clone", lambda: call(56, user | signal.SIGCHLD, 0, 0, 0, 0)),
        ("mount", lambda: call(165, 0, 0, 0, 0, 0)),
        ("chroot", lambda: os.chroot("/tmp") or True),
        ("by handle", lambda: call(304, -100, 0, 0)),
        ("setns", lambda: call(308, 0, 0)),
    ]
    # clone3 answers as on a kernel that does not have it.
    tries.append(("clone3", lambda: call(435, 0, 0) != -errno.ENOSYS))
    return reached(tries)


def kernel(facts):
    """Machines inside the kernel, and other numbers for the same calls."""
    tries = [
        ("bpf", lambda: call(321, 0, 0, 0)),
        ("perf", lambda: call(298, 0, 0, -1, -1, 0)),
        ("userfaultfd", lambda: call(323, 0)),
        ("keys", lambda: call(250, 0, -3, 0, 0, 0)),
        ("io_uring", lambda: call(425, 1, 0) != -errno.ENOSYS),
        ("x32", lambda: call(0x40000000 | 39) > 0),
        ("terminal", lambda: call(16, 0, 0x5412, 0) != -errno.EPERM),
        ("modules", lambda: call(313, 0, 0, 0)),
    ]
    return reached(tries)


def privileges(facts):
    state = dict(line.split(":\t", 1) for line in status().splitlines() if ":\t" in line)
    through = [] if os.getuid() != 0 else ["root"]
    if state:
        through += [name for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb") if int(state[name], 16) and name != "CapBnd"]
        through += [] if state["NoNewPrivs"].strip() == "1" else ["new privileges"]
    for program in ("/usr/bin/su", "/usr/bin/mount", "/usr/bin/passwd"):
        if os.path.exists(program) and os.stat(program).st_mode & 0o4000:
            shown = subprocess.run(["/usr/bin/env", "id", "-u"], capture_output=True, text=True).stdout
            through += [] if shown.strip() != "0" else [program]
    # PR_SET_NO_NEW_PRIVS is seen by a process itself, wherever /proc is.
    through += [] if LIBC.prctl(39, 0, 0, 0, 0) == 1 else ["prctl"]
    return through


def status():
    try:
        with open("/proc/self/status") as file:
            return file.read()
    except OSError:
        return ""


def shared_memory(facts):
    """Segments of the machine's, by their key."""
    return reached([("segment", lambda: call(29, facts["segment"], 0, 0))])


def disk_bomb(facts):
    """Three times what the copy may hold, in files, over some seconds: one tier
    looks from time to time."""
    block = b"x" * (1024 * 1024)
    written = 0
    try:
        for number in range(3 * facts["scratch"] // len(block)):
            with open(f"bomb-{number}", "wb") as file:
                file.write(block)
            written += len(block)
            time.sleep(0.05)
    except OSError:
        pass
    return [f"{written} bytes"] if written > 2 * facts["scratch"] else []


def output_bomb(facts):
    while True:
        os.write(1, b"x" * 65536)


def links(facts):
    """Links in the place of files, swapped while anybody looks."""
    secret = facts["secret"]
    os.remove("victim.txt")
    os.symlink(secret, "victim.txt")
    os.symlink(os.path.dirname(secret), "directory")
    os.symlink("/", "root")
    os.mkfifo("pipe")
    os.mkdir("deep")
    with open(b"\xff\xfe", "w") as file:
        file.write("no name")
    with open("binary", "wb") as file:
        file.write(b"\0\1")
    os.chmod("mode.txt", 0o755)
    if os.fork() == 0:
        os.setsid()
        while True:
            for target in (secret, None):
                try:
                    os.remove("racing.txt")
                except OSError:
                    pass
                try:
                    os.symlink(target, "racing.txt") if target else open("racing.txt", "w").close()
                except OSError:
                    pass
    time.sleep(0.2)
    return []


ATTACKS = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("facts",)
}

if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print("\n".join(sorted(ATTACKS)))
    else:
        through = ATTACKS[sys.argv[1]](json.loads(sys.argv[2]))
        print("escaped: " + ", ".join(map(str, through)) if through else "held", flush=True)
        os._exit(0)
