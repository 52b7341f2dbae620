"""What users do with their accounts."""

from bench.soak.model import expect
from bench.soak.user import API, User

TIME_ZONES = ("UTC", "Europe/Lisbon", "Asia/Tokyo", "America/New_York")


def show_profile(user: User) -> None:
    """Read the own profile."""
    expect({user.model.user_id: user.model.profile}, [user.read(f"{API}/users/me").json()])


def patch_profile(user: User) -> None:
    """Change name and time zone."""
    fields = {"name": f"User {user.random.getrandbits(20)}", "time_zone": user.random.choice(TIME_ZONES)}
    user.model.change_profile(user.write("PATCH", f"{API}/users/me", fields).json(), fields)


def show_insights(user: User) -> None:
    """Read the own figures and days; the pipeline that makes them does not run here."""
    user.read(f"{API}/insights/me")
    user.read(f"{API}/insights/me/daily")


def refresh_tokens(user: User) -> None:
    """Exchange the refresh token, which is good once: when the answer gets lost, log in again."""
    answer = user.attempt("POST", f"{API}/auth/refresh", Authorization=f"Bearer {user.refresh_token}")
    if answer is None:
        user.log_in()
    else:
        user.take_tokens(answer.json())
