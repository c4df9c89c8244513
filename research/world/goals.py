"""What one participant wants, in steps, and who helps."""

from datetime import datetime, timedelta

from goals.models import Goal as GoalRow
from goals.models import Helper, Progress, Reply, Step
from research.world.group import choose
from research.world.people import DAY, Goal, Life, Member, World
from research.world.words import HELPS, PROGRESS, REPLIES, THEMES, Theme

REACHES = ("chosen", "everyone", "me")
REACH_WEIGHTS = (82, 9, 9)


def set_goals(world: World, life: Life) -> None:
    """The older a goal, the more often it is done with."""
    for number in range(world.goals):
        age = 1 - number / world.goals
        life.goals.append(_goal(world, life, age))


def _goal(world: World, life: Life, age: float) -> Goal:
    random = life.random
    theme = random.choice(THEMES)
    state = random.choices(("active", "reached", "resting", "dropped"), (1.2 - age, age, 0.15, 0.05))[0]
    began = world.now - age * (world.now - life.began)
    reach = random.choices(REACHES, REACH_WEIGHTS)[0]
    standings = _standings(life, state)
    goal_id = world.tables[GoalRow].add(
        participant_id=life.id,
        version=len(standings) + 1,
        slug=world.tables.slug(),
        words=random.choice(theme.goals),
        why=random.choice(theme.whys) if random.random() < 0.8 else "",
        pictogram=theme.pictogram,
        domain=theme.domain,
        horizon="long" if random.random() < 0.25 else "short",
        state=state,
        standing=standings[-1],
        reach=reach,
        created_at=began,
        closed_at=None if state == "active" else world.moment(random, began, world.now),
    )
    goal = Goal(goal_id, reach, began)
    life.rows["goals"].append(goal_id)
    _audience(world, life, goal)
    _progress(world, life, goal, standings)
    _steps(world, life, goal, theme, done=standings[-1])
    _helpers(world, life, goal)
    return goal


def _standings(life: Life, state: str) -> list[int]:
    """Where somebody said they stood, time after time; it need not go up."""
    if state == "reached":
        return [1, 2, 4] if life.random.random() < 0.7 else [1, 2, 1, 3, 4]
    last = life.random.choice((0, 1, 1, 2, 2, 3))
    return [0, 1, 2, 1, 2, 3][: last + 1 + life.random.randint(0, 2)]


def _audience(world: World, life: Life, goal: Goal) -> None:
    if goal.reach != "chosen":
        return
    for number, member in enumerate(life.members):
        if "goals" in member.shares and life.random.random() < 0.3:
            choose(world, life, member, "goals", goal.id)
            life.members[number] = member.seeing(goal.id)


def _progress(world: World, life: Life, goal: Goal, standings: list[int]) -> None:
    random, at = life.random, goal.began
    for standing in standings:
        at = world.moment(random, at, at + (world.now - at) / 2)
        only_words = random.random() < 0.15 and standing != standings[-1]
        progress_id = world.tables[Progress].add(
            participant_id=life.id,
            goal_id=goal.id,
            standing=None if only_words else standing,
            words=random.choice(PROGRESS[-1 if only_words else standing]) if random.random() < 0.8 else "",
            at=at,
            by_id=life.user_id,
        )
        goal.progress.append((at, progress_id))


def _steps(world: World, life: Life, goal: Goal, theme: Theme, done: int) -> None:
    """In the order of the theme: the first ones are done, the later ones wait."""
    random, at = life.random, goal.began
    steps = theme.steps[: random.randint(2, len(theme.steps))]
    ready = len(steps) * done // 4
    for number, words in enumerate(steps):
        helper = random.choice(life.active) if random.random() < 0.3 else None
        at += timedelta(minutes=3)
        world.tables[Step].add(
            participant_id=life.id,
            slug=world.tables.slug(),
            goal_id=goal.id,
            words=words,
            helper_id=helper.id if helper else None,
            helper_called=helper.called if helper else "",
            due_on=_due(world, life, number < ready, goal.began),
            done_at=world.moment(random, at, world.now) if number < ready else None,
            by_id=life.user_id,
            created_at=at,
        )


def _due(world: World, life: Life, done: bool, began: datetime) -> object:
    if life.random.random() < 0.6:
        return None
    day = world.moment(life.random, began, world.now) if done else world.now + life.random.randint(1, 60) * DAY
    return day.date()


def _helpers(world: World, life: Life, goal: Goal) -> None:
    """Who helps, and what those who see the goal said to it."""
    for member in life.active:
        if life.random.random() < 0.15:
            words = life.random.choice(HELPS)
            _helper(world, life, goal, member, words)
        if member.user_id and goal.id in member.goals and life.random.random() < 0.3:
            _reply(world, life, goal, member)


def _helper(world: World, life: Life, goal: Goal, member: Member, words: str) -> None:
    world.tables[Helper].add(
        participant_id=life.id,
        goal_id=goal.id,
        membership_id=member.id,
        called=member.called,
        words=words,
        created_at=goal.began,
    )


def _reply(world: World, life: Life, goal: Goal, member: Member) -> None:
    random = life.random
    kind = random.choice(("help", "read", "read", "discuss"))
    at = world.moment(random, max(goal.began, member.since or goal.began), world.now)
    answered = kind != "read" and random.random() < 0.7
    world.tables[Reply].add(
        participant_id=life.id,
        goal_id=goal.id,
        membership_id=member.id,
        called=member.called,
        kind=kind,
        words=random.choice(REPLIES[kind]),
        at=at,
        answered_at=world.moment(random, at, world.now) if answered else None,
        accepted=answered and random.random() < 0.8,
    )
