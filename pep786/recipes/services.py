"""What is started by the system, and does not see what a person's shell was told."""

from __future__ import annotations

from . import Recipe

_FILE_INSTEAD = (
    "A file speaks for services, cron jobs and sudo alike: /etc/pep786/config.toml with no-analytics = true.",
)

RECIPES = (
    Recipe(
        name="dockerfile",
        title="Dockerfile",
        where="Dockerfile, behind FROM",
        once="RUN PIP_NO_ANALYTICS=1 python -m pip install PACKAGE\n",
        lines="ENV PIP_NO_ANALYTICS=1\nRUN python -m pip install --no-cache-dir pep786-shim\n",
        also=(("For the build only, not for those who run the image", "ARG PIP_NO_ANALYTICS=1\n"),),
        beware=(
            "Each stage needs it that does not build on one that has it.",
            "The request for pep786-shim itself goes out unsignalled.",
        ),
        shim=True,
        tried="parsed, and ENV and RUN done by a shell, not by Docker; ARG was not",
    ),
    Recipe(
        name="systemd",
        title="systemd",
        where="/etc/systemd/system/NAME.service.d/pep786.conf",
        put=(
            "pep786 shell systemd | sudo install -D -m 644 /dev/stdin "
            "/etc/systemd/system/NAME.service.d/pep786.conf && sudo systemctl daemon-reload"
        ),
        once="systemd-run --wait --setenv=PIP_NO_ANALYTICS=1 pip install PACKAGE\n",
        lines="[Service]\nEnvironment=PIP_NO_ANALYTICS=1\n",
        also=(
            (
                "What your own user manager starts, by ~/.config/environment.d/pep786.conf in place of this file",
                "PIP_NO_ANALYTICS=1\n",
            ),
        ),
        beware=("NAME is the service; in the folder service.d the file is for every service.", *_FILE_INSTEAD),
        tried="both files were read by systemd's own programs; no service was started, and systemd-run not run",
    ),
    Recipe(
        name="cron",
        title="cron",
        where="crontab -e, above the jobs",
        put="(pep786 shell cron; crontab -l) | crontab -",
        once="0 4 * * * PIP_NO_ANALYTICS=1 pip install PACKAGE\n",
        lines="PIP_NO_ANALYTICS=1\n",
        beware=("Write no export, and no comment behind the 1: a crontab is not a shell script.", *_FILE_INSTEAD),
    ),
    Recipe(
        name="sudoers",
        title="sudo",
        where="/etc/sudoers.d/pep786",
        put="pep786 shell sudoers | sudo install -m 440 /dev/stdin /etc/sudoers.d/pep786",
        once="sudo PIP_NO_ANALYTICS=1 pip install PACKAGE\n",
        lines='Defaults env_keep += "PIP_NO_ANALYTICS PY_NO_ANALYTICS PYTHON_NO_ANALYTICS"\n',
        beware=(
            "sudo passes the variables on, and still does not set them: they have to be in your own shell.",
            "To check the lines first: pep786 shell sudoers | visudo -cf -",
            *_FILE_INSTEAD,
        ),
    ),
)
