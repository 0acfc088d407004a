"""click: a command with options, its help, its errors.

with: click
always: it takes a second
"""

import click
from click.testing import CliRunner


@click.command()
@click.option("--count", default=1, help="Number of greetings.")
@click.option("--name", prompt="Your name", help="The person to greet.")
def hello(count, name):
    """Greets NAME for a total of COUNT times."""
    for _ in range(count):
        click.echo(f"Hello, {name}!")


runner = CliRunner()
result = runner.invoke(hello, ["--count=2"], input="Ada\n")
assert result.exit_code == 0, result
assert result.output == "Your name: Ada\nHello, Ada!\nHello, Ada!\n", result.output
result = runner.invoke(hello, ["--help"])
assert "--count INTEGER  Number of greetings." in result.output, result.output
result = runner.invoke(hello, ["--count", "x"])
assert result.exit_code == 2 and "'x' is not a valid integer" in result.output, result.output
hello(["--name", "terminal"], standalone_mode=False)
