"""`visage completion`: prints a shell's completion script for commands and options."""

import argparse

_HELP = """\
bash:  visage completion bash > ~/.local/share/bash-completion/completions/visage
zsh:   visage completion zsh > "${fpath[1]}/_visage"
"""


def add_command(commands: argparse._SubParsersAction, parser: argparse.ArgumentParser) -> None:
    own = commands.add_parser(
        "completion", help="print a completion script for a shell",
        formatter_class=argparse.RawDescriptionHelpFormatter, epilog=_HELP,
    )  # fmt: skip
    own.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    own.set_defaults(command=lambda options: _run(options, parser))


def _run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    import shtab  # imported here: the other commands start without it

    print(shtab.complete(parser, options.shell))
    return 0
