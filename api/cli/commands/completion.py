"""`tanji completion SHELL`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from api.cli.output import CommandError, Output
from api.cli.output import command as speaks


@click.command(
    "completion",
    help="""Print the completion script of a shell.

    \b
    Examples:
      tanji completion bash > ~/.local/share/bash-completion/completions/tanji
      tanji completion zsh  > ~/.zfunc/_tanji
      tanji completion fish > ~/.config/fish/completions/tanji.fish
    """,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@speaks
def command(shell: str, output: Output) -> None:
    """Write the script click generates for `tanji`."""
    from api.cli.main import cli

    maker = get_completion_class(shell)
    if maker is None:
        raise CommandError("completion.shell", f"no completion for {shell}")
    script = maker(cli, {}, "tanji", "_TANJI_COMPLETE").source()
    if output.as_json:
        output.result({"shell": shell, "script": script})
    else:
        click.echo(script)
