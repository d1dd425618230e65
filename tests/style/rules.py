"""The rules of the house. Each takes {path: text} and gives the lines that break it."""
import re
import statistics

from cpp_text import await_traps, code_of, functions, line_of

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
README_LINES_MAX = 60

TOP_LEVEL = {"CMakeLists.txt", "gateway", "core", "adapters", "config", "tests", "README.md",
             "Makefile", "CHANGELOG.md"}

# What a room may include besides itself, base and model: rooms, or single headers of a room.
ROOMS = {
    "core/base": (), "core/model": (),
    "core/journal": (), "core/routing": (), "core/partition": (), "core/queue": (),
    "core/group": (), "core/catalog": (), "core/shard": (),
    "core/engine": ("core/journal/",),
    "core/net": ("core/shard/",),
    "core/broker": ("core/engine/engine.h", "core/routing/", "core/partition/", "core/queue/",
                    "core/group/", "core/catalog/"),
    "adapters/amqp": ("core/broker/", "core/net/door.h", "core/net/out_queue.h"),
    "adapters/log": ("core/broker/", "core/net/door.h", "core/net/out_queue.h"),
    "adapters/http": ("core/broker/", "core/net/door.h", "core/net/out_queue.h"),
    "gateway": ("core/", "adapters/"),
}

# Libraries of others, and the only rooms that may see them. Tests may see all.
FOREIGN = (
    ("boost/asio", ("core/shard", "core/net", "gateway")),
    ("boost/beast", ("adapters/http", "gateway")),
    ("spdlog/", ("core/net", "gateway")),
    ("prometheus/", ("adapters/http",)),
    ("yaml-cpp/", ("gateway",)),
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
TYPE_NAME = re.compile(r"\b(?:class|struct|enum|union|using|concept)\s+"
                       r"(?:class\s+|struct\s+)?(?:\[\[.*?\]\]\s*)?(\w+)")
# Written apart, so that this file passes its own rules.
VAGUE = ("Man" "ager", "Hel" "per", "Ut" "il")
VAGUE_IN_TYPE = re.compile(rf"(?:{'|'.join(VAGUE)})s?(?![a-z])")
VAGUE_IN_FILE = re.compile(rf"(?:^|[_/.-])(?:{'|'.join(VAGUE)})s?(?=$|[_/.-])", re.IGNORECASE)
LEFTOVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
WAITING = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|time\.sleep)\b"
                     r"|(?<![\w.])sleep\s*\(")
NO_WAITING = ("core/", "adapters/", "gateway/", "tests/unit/")


def is_cpp(path):
    return path.endswith((".cc", ".h"))


def is_source(path):
    return is_cpp(path) or path.endswith((".py", ".sh")) or is_script(path)


def is_script(path):
    return path.rsplit("/", 1)[-1] in ("CMakeLists.txt", "Makefile", "run")


def is_prose(path):
    return path.endswith((".md", ".yaml", ".yml")) or path.startswith(".") or is_source(path)


def room_of(path):
    parts = path.split("/")
    if parts[0] == "gateway":
        return "gateway"
    return "/".join(parts[:2]) if parts[0] in ("core", "adapters") and len(parts) > 2 else None


def cpp(files):
    return ((path, text) for path, text in files.items() if is_cpp(path))


def matches(files, pattern, chosen, say, read=lambda text: text):
    for path, text in files.items():
        if chosen(path):
            seen = read(text)
            for found in pattern.finditer(seen):
                yield f"{path}:{line_of(seen, found.start())}: {say}: {found.group().strip()}"


def includes(files):
    """(path, line, quote, name) of every include."""
    for path, text in cpp(files):
        for found in INCLUDE.finditer(text):
            yield path, line_of(text, found.start()), found.group(1), found.group(2)


def top_level(files):
    for path in sorted({path.split("/")[0] for path in files}):
        if path not in TOP_LEVEL and not path.startswith("."):
            yield f"{path}: not a name of the top level"


def known_rooms(files):
    for path, _ in cpp(files):
        if path.startswith(("core/", "adapters/")) and room_of(path) not in ROOMS:
            yield f"{path}: not in a room of the table"


def include_table(files):
    for path, line, quote, name in includes(files):
        room = room_of(path)
        if room is None or quote != '"':
            continue
        allowed = [room + "/", *ROOMS.get(room, ()), "core/base/"]
        if room != "core/base":
            allowed.append("core/model/")
        if not any(name == part or part.endswith("/") and name.startswith(part)
                   for part in allowed):
            yield f"{path}:{line}: {room} may not include {name}"


def includes_from_root(files):
    for path, line, quote, name in includes(files):
        if quote == '"' and not name.startswith(("core/", "adapters/", "gateway/", "tests/")):
            yield f"{path}:{line}: write the path from the root, not {name}"


def foreign_headers(files):
    for path, line, _, name in includes(files):
        for start, rooms in FOREIGN:
            room = room_of(path)
            if name.startswith(start) and room is not None and room not in rooms:
                yield f"{path}:{line}: {name} belongs to {', '.join(rooms)}"


def file_length(files):
    for path, text in files.items():
        lines = text.count("\n")
        if is_source(path) and lines > FILE_LINES_MAX:
            yield f"{path}: {lines} lines"


def function_length(files):
    for path, text in cpp(files):
        for line, lines in functions(text):
            if lines > FUNCTION_LINES_MAX:
                yield f"{path}:{line}: a function of {lines} lines"


def line_length(files):
    for path, text in files.items():
        for number, line in enumerate(text.splitlines() if is_source(path) else (), 1):
            if len(line) > COLUMNS_MAX:
                yield f"{path}:{number}: {len(line)} columns"


def awaits(files):
    for path, text in cpp(files):
        if "co_await" in text:
            for line in await_traps(text):
                yield f"{path}:{line}: give it a name before the co_await"


def regexes(files):
    return matches(files, re.compile(r"\bstd::w?regex\w*|#\s*include\s*<regex>"), is_cpp,
                   "too slow and recursive", code_of)


def waiting(files):
    def chosen(path):
        return path.startswith(NO_WAITING) and is_source(path)
    return matches({path: code_of(text) if is_cpp(path) else text
                    for path, text in files.items() if chosen(path)},
                   WAITING, chosen, "waits instead of being told")


def vague_names(files):
    for path, text in files.items():
        if VAGUE_IN_FILE.search(path):
            yield f"{path}: says nothing about what is inside"
        if is_cpp(path):
            code = code_of(text)
            for found in TYPE_NAME.finditer(code):
                if VAGUE_IN_TYPE.search(found.group(1)):
                    yield f"{path}:{line_of(code, found.start())}: {found.group(1)}"


def leftovers(files):
    return matches(files, LEFTOVER, is_prose, "finish it or drop it")


def room_readme(files):
    for room in sorted({room_of(path) for path, _ in cpp(files)} - {None}):
        text = files.get(room + "/README.md")
        if text is None:
            yield f"{room}/README.md: missing"
        elif text.count("\n") > README_LINES_MAX:
            yield f"{room}/README.md: {text.count(chr(10))} lines"


def trailing_space(files):
    return matches(files, re.compile(r"[ \t]+$", re.MULTILINE), is_prose, "space at the end")


def pragma_once(files):
    for path, text in cpp(files):
        if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield f"{path}: no #pragma once"


def changelog(files):
    if not re.search(r"^## \[Unreleased\]", files.get("CHANGELOG.md", ""), re.MULTILINE):
        yield "CHANGELOG.md: no [Unreleased]"


def median_lines(files):
    counts = [text.count("\n") for path, text in cpp(files) if room_of(path)]
    return statistics.median(counts) if counts else 0


# (sentence, rule, small trees of which each breaks it)
RULES = (
    ("the top level holds only the fixed names", top_level, [{"tools/a.cc": "\n"}]),
    ("every source of core and adapters is in a room of the table", known_rooms,
     [{"core/store/a.h": "\n"}, {"core/a.h": "\n"}]),
    ("no room includes what the table forbids", include_table,
     [{"core/base/a.cc": '#include "core/model/ids.h"\n'},
      {"core/journal/a.cc": '#include "core/queue/queue.h"\n'},
      {"core/broker/a.h": '\n  #  include "core/net/door.h"\n'},
      {"core/broker/a.h": '#include "core/shard/loop.h"\n'},
      {"core/broker/a.h": '#include "core/engine/embedded.h"\n'},
      {"adapters/http/a.h": '#include "core/net/connection.h"\n'},
      {"adapters/log/wire/a.cc": '#include "adapters/amqp/errors.h"\n'}]),
    ("every include of ours is written from the root", includes_from_root,
     [{"tests/unit/core/base/a_test.cc": '#include "bytes.h"\n'}]),
    ("Asio, Beast, spdlog, prometheus and yaml stay in the rooms they were let into",
     foreign_headers,
     [{"adapters/amqp/a.h": "#include <boost/asio/awaitable.hpp>\n"},
      {"core/shard/a.h": "#include <spdlog/spdlog.h>\n"},
      {"gateway/a.h": "#include <prometheus/collectable.h>\n"},
      {"core/base/a.h": "#include <yaml-cpp/yaml.h>\n"}]),
    (f"no file is longer than {FILE_LINES_MAX} lines", file_length,
     [{"core/base/a.cc": "\n" * (FILE_LINES_MAX + 1)}]),
    (f"no function is longer than {FUNCTION_LINES_MAX} lines", function_length,
     [{"core/base/a.cc": "namespace a {\n" + head + "  d();\n" * FUNCTION_LINES_MAX + "}\n}\n"}
      for head in ("A::A() : b_{1}, c_{2} {\n", "struct B c(D d = {}) const {\n", "TEST(A, B) {\n",
                   "class A {\ntemplate <class T>\nint b(T c)\n    requires d<T>\n{\n")]),
    (f"no line is wider than {COLUMNS_MAX} columns", line_length,
     [{"tests/run": "x" * (COLUMNS_MAX + 1)}]),
    ("no co_await holds a brace list or a lambda that owns something", awaits,
     [{"core/net/a.cc": "auto n = co_await append({.topic = t});\n"},
      {"core/net/a.cc": "auto n = co_await append(Name{t}, x);\n"},
      {"core/net/a.cc": "co_await f(x, [name, &y] { return 1; });\n"}]),
    ("std::regex is not used", regexes, [{"gateway/a.cc": "std::regex r;\n"}]),
    ("nothing in core, adapters, gateway or unit tests waits by sleeping", waiting,
     [{"tests/unit/a_test.cc": "std::this_thread::sleep_for(1ms);\n"},
      {"core/net/a.cc": "usleep(1);\n"}, {"tests/unit/a.py": "time.sleep(1)\n"}]),
    ("names of types and files say what they are", vague_names,
     [{"core/base/a.h": f"class Queue{VAGUE[0]} {{}};\n"}, {f"core/base/{VAGUE[2]}s.h": "\n"}]),
    ("nothing is left for later in the text", leftovers, [{"README.md": "TO" + "DO: write\n"}]),
    (f"every room with sources has a README.md of at most {README_LINES_MAX} lines", room_readme,
     [{"core/base/a.h": "\n"},
      {"gateway/a.h": "\n", "gateway/README.md": "\n" * (README_LINES_MAX + 1)}]),
    ("no line ends with a space", trailing_space, [{"core/base/a.h": "int a; \n"}]),
    ("every header has #pragma once", pragma_once, [{"core/base/a.h": "int a;\n"}]),
    ("CHANGELOG.md has an Unreleased section", changelog, [{"CHANGELOG.md": "# Changelog\n"}]),
)

# A small tree that is hard to read and breaks nothing.
GOOD = {
    "CHANGELOG.md": "## [Unreleased]\n",
    "core/broker/README.md": "# Broker\n",
    "core/broker/broker.h": """#pragma once
#include "core/engine/engine.h"
#include "core/model/ids.h"
// sleep_for( and std::regex in a comment, and in "co_await f({1})"
constexpr char quote = '"', brace = '{';
constexpr auto many = 1'000'000;
constexpr auto raw = R"x(co_await f({1}); })" // )x";
template <class T, class U = std::vector<T>>
class Utilization : public std::vector<T> {
 public:
  Utilization() : a_{1}, b_{2} { run(); }
  struct Mark next() const {
    if (co_await f(a, [&b] { return Pair{1, 2}; })) { g({1, 2}); }
    for (auto x : co_await list[1].take()) use(Pair{x, 1});
  }
};
""" + "constexpr Key table[f()] = {\n" + "    {1, 2},\n" * 80 + "};\n",
}
