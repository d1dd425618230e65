#!/usr/bin/python3
"""The tree has the fixed layout, and everything it needs is a Debian package."""
import os
import pathlib
import subprocess

from mission import ROOT, expect, row

TOP = {"CMakeLists.txt", "gateway", "core", "adapters", "config", "tests", "README.md", "Makefile",
       "CHANGELOG.md"}


def run():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True,
                             check=True).stdout.split("\n")
    tops = {name.split("/")[0] for name in tracked if name}
    strange = {t for t in tops if t not in TOP and not t.startswith(".")}
    expect(not strange, f"not in the layout: {sorted(strange)}")
    linked = subprocess.run(["ldd", os.environ["RIALTO_BIN"]], capture_output=True, text=True,
                            check=True).stdout
    libraries = [line.split("=>")[1].split()[0] for line in linked.splitlines() if "=>" in line]
    for library in libraries:
        real = str(pathlib.Path(library).resolve())
        known = any(subprocess.run(["dpkg-query", "-S", path], capture_output=True,
                                   check=False).returncode == 0
                    for path in (library, real, real.removeprefix("/usr")))
        expect(known, f"{library} is of no Debian package")
    size = os.path.getsize(os.environ["RIALTO_BIN"]) / 2**20
    return (f"{len(tracked)} files, one binary of {size:.0f} MiB, {len(libraries)} libraries, "
            "all Debian's")


row("Is it one small binary made of Debian's packages?", run)
