"""The shells that a person types into."""

from __future__ import annotations

from . import Recipe

_INLINE = "PIP_NO_ANALYTICS=1 pip install PACKAGE\n"

RECIPES = (
    Recipe(
        name="bash",
        title="bash",
        where="~/.bashrc",
        put="pep786 shell bash >> ~/.bashrc",
        once=_INLINE,
        lines="export PIP_NO_ANALYTICS=1\n",
        beware=("Only a bash that you type into reads ~/.bashrc. For other POSIX shells the line goes to ~/.profile.",),
        appended=True,
    ),
    Recipe(
        name="zsh",
        title="zsh",
        where="~/.zshenv",
        put='pep786 shell zsh >> "${ZDOTDIR:-$HOME}/.zshenv"',
        once=_INLINE,
        lines="export PIP_NO_ANALYTICS=1\n",
        beware=("Every zsh reads ~/.zshenv, one that runs a script too; ~/.zshrc is for those that you type into.",),
        appended=True,
    ),
    Recipe(
        name="fish",
        title="fish",
        where="~/.config/fish/config.fish",
        put="pep786 shell fish >> ~/.config/fish/config.fish",
        once="env PIP_NO_ANALYTICS=1 pip install PACKAGE\n",
        lines="set -gx PIP_NO_ANALYTICS 1\n",
        also=(("Without a file, typed once: fish remembers it", "set -Ux PIP_NO_ANALYTICS 1\n"),),
        appended=True,
    ),
    Recipe(
        name="powershell",
        title="PowerShell",
        where="$PROFILE",
        # Not >>: that of Windows PowerShell appends UTF-16 to whatever the file was written in. The file and its
        # folder are not there until someone makes them, and New-Item -Force would empty one that is.
        put="if (!(Test-Path $PROFILE)) { New-Item -Force $PROFILE }; pep786 shell powershell | Add-Content $PROFILE",
        once="$env:PIP_NO_ANALYTICS = '1'; try { pip install PACKAGE } finally { $env:PIP_NO_ANALYTICS = $null }\n",
        lines="$env:PIP_NO_ANALYTICS = '1'\n",
        also=(
            (
                "On Windows, typed once: every program of yours, not only PowerShell",
                "[Environment]::SetEnvironmentVariable('PIP_NO_ANALYTICS', '1', 'User')\n",
            ),
        ),
        appended=True,
        tried="not at all: no PowerShell was at hand",
    ),
    Recipe(
        name="cmd",
        title="cmd.exe",
        where="the registry, by setx",
        put="pep786 shell cmd > opt-out.cmd && opt-out.cmd",
        # No quotes, which would become part of the value, and no blank before &&, likewise.
        once="set PIP_NO_ANALYTICS=1&& pip install PACKAGE\n",
        lines="setx PIP_NO_ANALYTICS 1\nset PIP_NO_ANALYTICS=1\n",
        also=(("To undo it", "reg delete HKCU\\Environment /v PIP_NO_ANALYTICS /f\nset PIP_NO_ANALYTICS=\n"),),
        beware=(
            "setx counts in windows that are opened from now on, set in this one.",
            "The line for one command leaves the variable set in this window.",
            "Write no quotes and no blank behind the 1: they become part of the value. It would count all the same.",
        ),
        comment="rem",
        tried="not at all: there is no cmd.exe but on Windows",
    ),
)
