"""The chapters of the main job, in order."""

from tests.browser.main_job import beginning, looking, meeting, research, sharing
from tests.browser.main_job.job import Job

CHAPTERS = [
    beginning.signs_in,
    beginning.puts_people_on_the_map,
    beginning.invites,
    beginning.takes_along_without_account,
    beginning.the_relative_says_yes,
    beginning.a_used_link_opens_nothing,
    beginning.the_professionals_say_yes,
    beginning.says_this_is_them,
    sharing.decides_what_each_may_see,
    sharing.opening_wider_asks_a_code,
    sharing.sets_a_goal,
    sharing.adds_a_step_with_a_helper,
    sharing.looks_through_their_eyes,
    sharing.checks_in,
    meeting.plans_a_meeting,
    meeting.the_relative_answers,
    meeting.the_professional_answers,
    meeting.somebody_answers_without_account,
    meeting.picks_the_day,
    meeting.takes_it_to_the_phone,
    meeting.writes_the_report,
    looking.the_relative_helps,
    looking.the_relative_reads,
    looking.the_relative_puts_something_forward,
    looking.the_others_read_the_report,
    looking.the_professional_sees_it_at_work,
    looking.others_cannot_open_it,
    meeting.the_promise_comes_back,
    meeting.autosave_survives_signing_out,
    looking.sees_who_looked,
    looking.stops_with_one_person,
    looking.closes_everything_for_a_while,
    research.takes_part_in_research,
    research.the_researcher_asks,
    research.the_worker_makes_it,
    research.the_checker_releases,
    research.the_researcher_downloads,
    research.the_participant_reads_of_it,
    research.the_administrator_sees_no_content,
    sharing.the_mails_say_nothing,
]

__all__ = ["CHAPTERS", "Job"]
