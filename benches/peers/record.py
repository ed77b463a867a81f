"""What a benchmark's folder holds beside its numbers: the machine, the versions, the commands."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FLAGS = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512vl", "avx512dq", "avx512bw"]


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def cpu(field):
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(field):
            return line.split(":", 1)[1].strip()
    return "unknown"


def label():
    """A folder name for this kind of machine, from its CPU's name."""
    return re.sub(r"[^a-z0-9]+", "-", cpu("model name").lower()).strip("-")


def machine():
    """CPU, memory and system; nothing that names the host."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1)
    caches = [line for line in output("lscpu").splitlines() if re.match(r"L[123]", line)]
    have = cpu("flags").split()
    distribution = re.search(r'PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text())
    return "\n".join([
        f"cpu: {cpu('model name')}, family {cpu('cpu family')}, model {cpu('model')}".rstrip(),
        f"cores: {os.cpu_count()}",
        f"features: {' '.join(flag for flag in FLAGS if flag in have)}",
        *(re.sub(r":\s+", ": ", line) for line in caches),
        f"memory: {int(memory) / 2**20:.1f} GiB",
        f"system: {distribution.group(1)}, Linux {platform.release().split('-')[0]}",
    ]) + "\n"


def versions(python):
    """Our commit and compiler, and the exact packages of the peers."""
    dirty = " with changes" if output("git", "status", "--porcelain", "-uno").strip() else ""
    wanted = re.findall(r"^([a-z-]+)==", (HERE / "requirements.txt").read_text(), re.M)
    script = ("import platform, importlib.metadata as m; print('python', platform.python_version());"
              "have = {d.metadata['Name'].replace('_', '-'): d.version for d in m.distributions()};"
              f"[print(n, have.get(n, 'not installed')) for n in {wanted!r}]")
    return "".join([
        f"cgan-sweep {output('git', 'rev-parse', '--short', 'HEAD').strip()}{dirty}\n",
        output("rustc", "--version"),
        output(str(python), "-c", script),
    ])


def folder(out, name):
    """`<out>/<date>-<name>`, or the first free `…-2`, `…-3` of the day."""
    stem = f"{datetime.date.today()}-{name}"
    for n in range(1, 1000):
        path = Path(out) / (stem if n == 1 else f"{stem}-{n}")
        if not path.exists():
            path.mkdir(parents=True)
            return path
    raise SystemExit(f"{out}: 999 folders named {stem} already")
