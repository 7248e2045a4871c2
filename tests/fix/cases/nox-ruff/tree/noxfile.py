import nox


@nox.session(venv_backend="none")
def lint(session):
    session.run("ruff", "check", "src")
    session.run("ruff", "format", "--check", "src")
