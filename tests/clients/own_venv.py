"""Scripts that need a package of PyPI run again in an environment of their own, made once."""
import os
import pathlib
import subprocess
import sys

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build"
INSTALL_SECONDS_MAX = 300
MARK = "RIALTO_OWN_VENV"


def enter(name, *packages, module=None):
    """Does not return when the package is there: the script begins again with it in reach. Nothing
    the second time; otherwise the reason why it cannot be had."""
    if os.environ.get(MARK) == name:
        return None
    python = BUILD / name / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True,
                           capture_output=True)
        found = subprocess.run([python, "-c", f"import {module or packages[0]}"],
                               capture_output=True, check=False)
        if found.returncode != 0:
            subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True,
                           capture_output=True, timeout=INSTALL_SECONDS_MAX)
    except (subprocess.SubprocessError, OSError) as missing:
        return f"{packages[0]} cannot be installed ({type(missing).__name__})"
    os.environ[MARK] = name
    os.execv(python, [str(python), *sys.argv])
    return None
