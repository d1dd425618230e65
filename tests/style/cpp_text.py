"""Reads C++ just well enough for the style rules: no preprocessor, no types, only shape."""
import re

RAW_STRING = re.compile(r'(?:u8|[uUL])?R"([^ ()\\\t\n]{0,16})\(')
WORD_BEFORE = re.compile(r"[A-Za-z0-9_]+$")
CONTAINER = re.compile(r"^(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b")
ACCESS = re.compile(r"^(?:(?:public|private|protected)\s*:\s*)+")
CONTROL = re.compile(r"^(?:if|for|while|switch|do|else|try|catch)\b")


def blank(text):
    """The text with its length and lines kept, every other character a space."""
    return re.sub(r"[^\n]", " ", text)


def end_of_literal(text, start):
    """Where the string or character literal that opens at start ends."""
    quote, at = text[start], start + 1
    while at < len(text) and text[at] != quote and text[at] != "\n":
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))


def is_digit_separator(text, at):
    word = WORD_BEFORE.search(text, max(0, at - 40), at)
    return bool(word) and word.group()[0].isdigit()


def end_of_token(text, at):
    """The end of the comment or literal that begins at `at`; `at` itself when none does."""
    if text.startswith("//", at):
        end = text.find("\n", at)
        return end if end >= 0 else len(text)
    if text.startswith("/*", at):
        end = text.find("*/", at + 2)
        return end + 2 if end >= 0 else len(text)
    if text[at] in "uULR" and not (at and (text[at - 1].isalnum() or text[at - 1] == "_")):
        raw = RAW_STRING.match(text, at)
        if raw:
            end = text.find(")" + raw.group(1) + '"', raw.end())
            return end + len(raw.group(1)) + 2 if end >= 0 else len(text)
    if text[at] == '"' or (text[at] == "'" and not is_digit_separator(text, at)):
        return end_of_literal(text, at)
    return at


def code_of(text):
    """The text without comments and literals; every line and column stays where it was."""
    parts, at = [], 0
    while at < len(text):
        end = end_of_token(text, at)
        if end > at:
            parts.append(blank(text[at:end]))
        else:
            parts.append(text[at])
            end = at + 1
        at = end
    return "".join(parts)


def without_directives(code):
    """The code without preprocessor lines and their continuations."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: blank(m.group()), code,
                  flags=re.MULTILINE)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def without_templates(header):
    """The header without leading `template <...>`, attributes and access words."""
    while True:
        header = ACCESS.sub("", header.strip())
        if header.startswith("[["):
            header = header.partition("]]")[2]
            continue
        found = re.match(r"template\s*<", header)
        if not found:
            return header
        depth, at = 1, found.end()
        while at < len(header) and depth:
            depth += {"<": 1, ">": -1}.get(header[at], 0)
            at += 1
        header = header[at:]


def is_container(header):
    """Whether a namespace, class or enum opens; `struct Mark next() {` is a function."""
    return CONTAINER.match(header) and not re.search(r"\)\s*(?:const|noexcept|->.*)?$", header)


def kind_of_brace(header, after_brace):
    """What a brace opens that stands in a namespace or class (or in the file itself)."""
    header = without_templates(header)
    if is_container(header):
        return "container"
    if not header and after_brace:
        return "function"  # the body behind `Mark() : value_{1} {`
    balanced = header.count("(") <= header.count(")")
    if ")" in header and balanced and not header.endswith("=") and not CONTROL.match(header):
        return "function"
    return "inner"


def functions(text):
    """(first line, line count) of every function body, from its opening to its closing brace."""
    code = without_directives(code_of(text))
    found, stack, header_start = [], [], 0
    for at in (m.start() for m in re.finditer(r"[{};]", code)):
        if code[at] == "{":
            outside = all(kind == "container" for kind, _ in stack)
            after_brace = header_start > 0 and code[header_start - 1] == "}"
            header = code[header_start:at]
            stack.append((kind_of_brace(header, after_brace) if outside else "inner", at))
        elif code[at] == "}" and stack:
            kind, start = stack.pop()
            if kind == "function":
                first, last = line_of(code, start), line_of(code, at)
                found.append((first, last - first + 1))
        header_start = at + 1
    return found


def matching(code, at):
    """The place of the bracket that closes the one at `at`, or the end of the code."""
    depth = 0
    for here in range(at, len(code)):
        if code[here] in "([{":
            depth += 1
        elif code[here] in ")]}":
            depth -= 1
            if depth == 0:
                return here
    return len(code)


def owns_nothing(captures):
    names = [name.strip() for name in captures.split(",") if name.strip()]
    return all(name.startswith("&") or name == "this" for name in names)


def await_traps(text):
    """Lines where a co_await expression holds a brace list or a lambda that owns something."""
    code = without_directives(code_of(text))
    traps = []
    for start in re.finditer(r"\bco_await\b", code):
        at, depth = start.end(), 0
        while at < len(code):
            char = code[at]
            if char in "([":
                before = code[:at].rstrip()[-1:]
                if char == "[" and not (before.isalnum() or before in "_)]"):
                    close = matching(code, at)
                    body = code.find("{", close)
                    if not owns_nothing(code[at + 1:close]):
                        traps.append(line_of(code, at))
                    at = matching(code, body) if body >= 0 else len(code)
                else:
                    depth += 1
            elif char == "{":
                traps.append(line_of(code, at))
                at = matching(code, at)
            elif char in ")]}":
                depth -= 1
            if depth < 0 or (depth == 0 and at < len(code) and code[at] in ";,"):
                break
            at += 1
    return traps
