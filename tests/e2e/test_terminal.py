"""A walk on a real terminal, 80 wide: prompts, progress, table and errors as a person sees them."""

import pytest

from kaccess.sandbox import world
from tests.e2e.tmux import COLOUR, WIDTH, Screen
from tests.programs import require_programs

GRANTED = (("payments-developers", "developer", "development"), ("payments-developers", "viewer", "staging"))
MAY_WRAP = ("error: ", "warning: ", "ready> ")
"""One line each, however long: scripts read them by lines. What a person types wraps too."""


@pytest.fixture
def screen(company, tmp_path):
    """Opens screens for people; with colours or without."""
    (program,), opened = require_programs("tmux"), []

    def open_for(person, *, colours=False):
        environ = company.environment(person)
        if colours:
            del environ["NO_COLOR"]
        opened.append(Screen(program, tmp_path / f"{len(opened)}.sock", company.folder, environ))
        return opened[-1]

    yield open_for
    for each in opened:
        each.close()


def assert_sound(seen):
    """Nothing is wider than the terminal, and no control character is left in what is seen."""
    for line in seen.splitlines():
        assert line.isprintable(), repr(line)
        assert len(line.rstrip()) <= WIDTH or line.startswith(MAY_WRAP), line


@pytest.mark.parametrize("colours", [False, True])
def test_apply_asks_shows_progress_and_ends(company, screen, colours):
    company.policy(*GRANTED)
    terminal = screen("admin", colours=colours)
    terminal.type("kaccess apply")
    asked = terminal.wait_for("[y/N]")
    assert_sound(asked)
    terminal.type("y")
    done = terminal.end()
    assert_sound(done)
    assert "0 failed" in done
    assert colours or not COLOUR.search(terminal.look(colours=True))
    assert company.kaccess("admin", "plan", "--check").code == 0


def test_no_is_the_answer_to_apply_unless_a_person_says_yes(company, screen):
    company.policy(*GRANTED)
    terminal = screen("admin")
    terminal.type("kaccess apply")
    terminal.wait_for("[y/N]")
    terminal.press("Enter")
    assert_sound(terminal.end())
    assert company.kaccess("admin", "plan", "--check").code == 3


@pytest.mark.parametrize("colours", [False, True])
def test_the_table_of_a_login_and_the_lines_of_whoami_and_doctor_fit(company, screen, colours):
    company.policy(*GRANTED)
    company.apply()
    granted = company.kaccess(
        "admin", "grant", "payments-developers", "--role", "reader", "-n", "production", "--for", "2h", "--yes"
    )
    assert granted.code == 0, granted.said
    terminal = screen("ben", colours=colours)
    login = terminal.run("kaccess login")
    assert_sound(login)
    assert "cardo/production" in login
    assert "UTC, in 1 h" in login
    assert_sound(terminal.run("kaccess whoami"))
    assert "proven in development, production, staging" in terminal.run("kaccess doctor")


@pytest.mark.parametrize("colours", [False, True])
def test_an_error_is_one_line_in_red_where_colours_are_wanted(company, screen, colours):
    terminal = screen("ben", colours=colours)
    seen = terminal.run("kaccess lgoin")
    assert "error: there is no command 'lgoin' (did you mean 'login'?)" in seen
    assert_sound(seen)
    assert ("\x1b[31merror" in terminal.look(colours=True)) is colours


def test_an_mfa_code_is_asked_for_once_and_not_shown(company, screen):
    person = world.MFA_PERSON
    (group,) = (name for name, members in world.IAM_GROUPS.items() if person in members)
    company.policy((group, "viewer", "staging"))
    company.apply()
    terminal = screen(person)
    terminal.type(f"kaccess login --profile {world.MFA_PROFILE}")
    assert_sound(terminal.wait_for(f"mfa/{person}:"))
    code = company.sandbox.mfa_code(person)
    terminal.type(code)
    seen = terminal.end()
    assert "cardo/staging" in seen
    assert code not in seen
    assert_sound(seen)
    pods = terminal.run("kubectl --context cardo/staging get pods")
    assert "MFA" not in pods
    assert "No resources found" in pods


def test_ctrl_c_at_a_question_ends_it_quietly(company, screen):
    company.policy(*GRANTED)
    terminal = screen("admin")
    terminal.type("kaccess apply")
    terminal.wait_for("[y/N]")
    terminal.press("C-c")
    seen = terminal.end()
    assert "Traceback" not in seen
    assert "interrupted" in seen


def test_an_isolated_shell_survives_ctrl_c_and_takes_its_kubeconfig_along(company, screen):
    company.policy(*GRANTED)
    company.apply()
    terminal = screen("ben")
    terminal.type("SHELL='bash --norc' kaccess login --isolated")
    terminal.wait_for("leave it with `exit`")
    terminal.end()
    terminal.type("echo asleep; sleep 60")
    terminal.wait_for("\nasleep")
    terminal.press("C-c")
    terminal.end()
    terminal.type('echo "in $KACCESS_ISOLATED"')
    terminal.wait_for("\nin cardo")
    terminal.type("exit 3")
    terminal.wait_for("\nexit")
    terminal.end()
    terminal.type('echo "left with $? to [$KACCESS_ISOLATED]"')
    terminal.wait_for("left with 3 to []")
