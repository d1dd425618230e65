#!/usr/bin/python3
"""Holds the rules of the house over every file of the tree; see rules.py for the rules."""
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import rules  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHOWN_MAX = 20
FORMATTER = "clang-format-14"


def paths():
    """Every file that is or could be tracked, from the root."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = {name for name in listed.stdout.decode().split("\0") if name}
        return sorted(name for name in names if (ROOT / name).is_file())
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(str(path) for path in found
                  if path.parts[0] not in (".git", "build", "rialto-data")
                  and "__pycache__" not in path.parts)


def read(names):
    """{path: text}; what is not text, and what fuzzers found, has a name only."""
    files = {}
    for name in names:
        data = b"" if "/corpus/" in name else (ROOT / name).read_bytes()
        try:
            files[name] = data.decode("utf-8") if b"\0" not in data else ""
        except UnicodeDecodeError:
            files[name] = ""
    return files


class Report:
    def __init__(self):
        self.failed = False

    def tell(self, sentence, broken):
        broken = list(broken)
        print(f"{'not ok' if broken else 'ok'} - {sentence}")
        for line in broken[:SHOWN_MAX]:
            print(f"#   {line}")
        if len(broken) > SHOWN_MAX:
            print(f"#   and {len(broken) - SHOWN_MAX} more")
        self.failed = self.failed or bool(broken)


def blind_rules():
    """Rules that do not see the tree made to break them, or that blame the good one."""
    for sentence, rule, trees in rules.RULES:
        for bad in trees:
            if not list(rule(bad)):
                yield f"not seen: {sentence}: {bad!r:.200}"
        for line in rule(rules.GOOD):
            yield f"wrongly seen: {sentence}: {line}"


def format_code(name, text):
    """clang-format's exit code for text, as if it were the file `name`."""
    return subprocess.run([FORMATTER, "--dry-run", "-Werror", f"--assume-filename={name}"],
                          cwd=ROOT, input=text, text=True, capture_output=True,
                          check=False).returncode


def blind_format():
    if shutil.which(FORMATTER) and format_code("core/base/a.cc", "int  a( ) ;\n") == 0:
        yield "a badly formatted line passes"


def unformatted(names):
    if not shutil.which(FORMATTER):
        yield f"{FORMATTER} is missing"
        return
    sources = [name for name in names if rules.is_cpp(name)]
    for start in range(0, len(sources), 50):
        some = sources[start:start + 50]
        run = subprocess.run([FORMATTER, "--dry-run", *some], cwd=ROOT, text=True,
                             capture_output=True, check=False)
        if run.returncode != 0:
            yield run.stderr.strip()
        yield from sorted({line.split(": warning:")[0].split(":")[0]
                           for line in run.stderr.splitlines() if ": warning:" in line})


def main():
    names = paths()
    files = read(names)
    report = Report()
    report.tell("each rule sees the trees made to break it and passes a good one",
                [*blind_rules(), *blind_format()])
    for sentence, rule, _ in rules.RULES:
        report.tell(sentence, rule(files))
    report.tell(f"every source is as {FORMATTER} writes it", unformatted(names))
    print(f"# median length of a source file: {rules.median_lines(files):.0f} lines")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
