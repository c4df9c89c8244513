"""Which columns the functions of the database, and the export worker, may read and write (`herstel.policies`)."""

# What the functions read or write, and not a column more. {table: columns}; for herstel_doors also the verbs.
AUTHZ_READS = {
    "herstel_session": "key, user_id, proved_id, proved_at, seen_at, idle, ends_at",
    "participants_participant": "id, user_id, paused_at, paused_until",
    "participants_organisation": "id, kind",
    "participants_employment": "id, user_id, organisation_id, function, active",
    "supportgroups_membership": "id, participant_id, user_id, kind, state, organisation_id, ends_at",
    "supportgroups_share": "participant_id, membership_id, category, level, scope, until",
    "supportgroups_audience": "participant_id, membership_id, table_name, row",
    "research_studyrole": "study_id, user_id, employment_id, role, until",
    "research_consent": "participant_id, study_id, withdrawn_at, text_version",
    "research_study": "id, counts_from, open_from, open_until",
}
DOORS_MAY = {
    "herstel_auditline": (
        "SELECT (participant_id, membership, basis, at, event, objects), INSERT, UPDATE (called, basis)"
    ),
    "herstel_outgoingmail": "SELECT, INSERT, UPDATE (attempts, lease_until, send_at), DELETE",
    "herstel_user": "SELECT (id, email, is_active), INSERT (email, password, is_active, joined_at), DELETE",
    "herstel_session": "SELECT, INSERT, UPDATE, DELETE",
    "herstel_knownbrowser": "SELECT, INSERT, UPDATE (at), DELETE",
    "herstel_voucher": "SELECT",
    "herstel_preference": "SELECT, INSERT, UPDATE (mails)",
    "herstel_job": (
        "SELECT (id, kind, subject, state, key), INSERT, "
        "UPDATE (state, attempt, progress, lease_until, finished_at), DELETE"
    ),
    "herstel_erasure": "INSERT",
    "account_emailaddress": "SELECT (user_id), DELETE",
    "mfa_authenticator": "SELECT (user_id), DELETE",
    "socialaccount_socialaccount": "SELECT (user_id), DELETE",
    "herstel_formtoken": "SELECT, DELETE",
    "herstel_signin": "SELECT, INSERT, UPDATE (tries, used_at), DELETE",
    "herstel_draft": "SELECT, DELETE",
    "herstel_pushdevice": "SELECT (id), DELETE",
    "participants_participant": "SELECT, DELETE",
    "participants_deletion": "SELECT, UPDATE (due_at)",
    "participants_organisation": "SELECT, INSERT",
    "participants_administrationline": "SELECT, INSERT",
    "participants_employment": "SELECT, UPDATE (active, began_at, ended_at), DELETE",
    "participants_datacopy": "SELECT (id, participant_id, slug)",
    "supportgroups_person": "SELECT, UPDATE (in_group)",
    "supportgroups_membership": (
        "SELECT, UPDATE (user_id, state, kind, organisation_id, accepted_at, ended_at, farewell,"
        " rests_since, rests_because)"
    ),
    "supportgroups_share": "SELECT, DELETE",
    "supportgroups_audience": "SELECT, DELETE",
    "supportgroups_invitation": "SELECT, UPDATE (used_at)",
    "supportgroups_pass": "SELECT, DELETE",
    "goals_goal": "SELECT (image, participant_id)",
    "participants_concern": "SELECT (id, participant_id, slug, answered_at), UPDATE (answer, answered_at)",
    "participants_storypart": "SELECT (image, sound, participant_id)",
    "meetings_meeting": "SELECT",
    "meetings_feed": "SELECT (token, user_id)",
    "meetings_dateoption": "SELECT",
    "meetings_answer": "SELECT, UPDATE (coming, answered_at), DELETE",
    "meetings_datevote": "SELECT, INSERT, DELETE",
    "meetings_promise": "SELECT, UPDATE (state, closed_at)",
    "research_export": (
        "SELECT, INSERT, UPDATE (state, released_by_id, released_at, released_name, returned_why, expires_at, copies)"
    ),
    "research_download": "SELECT, INSERT",
    "research_studyrole": "SELECT",
    "research_consent": "SELECT",
    "research_cohort": "SELECT",
    "research_cohortmember": "SELECT, INSERT",
    "research_exportperson": "SELECT, INSERT, UPDATE (left_at, fetched, confirmed_at)",
    "research_removal": "SELECT, INSERT, UPDATE (confirmed_at, confirmed_by_id, confirmed_name)",
    "participants_background": "SELECT (participant_id, study_id)",
}
# What the export worker reads of who consented: columns without free text.
RESEARCH_READS = {
    "participants_participant": "id",
    "participants_background": "participant_id, study_id, birth_year, gender",
    "supportgroups_person": "id, participant_id, kind, ring, in_group, created_at",
    "supportgroups_membership": "id, participant_id, kind, confirmed_at, ended_at",
    "supportgroups_audience": "participant_id, membership_id, table_name, row",
    "goals_goal": "id, participant_id, domain, horizon, state, standing, created_at, closed_at",
    "goals_step": "participant_id, goal_id, created_at, done_at",
    "goals_helper": "participant_id, goal_id, created_at",
    "goals_progress": "id, participant_id, goal_id, standing, at",
    "meetings_meeting": "id, participant_id, kind, state, at",
    "meetings_minutes": "id, participant_id, meeting_id, released_at",
    "meetings_attendance": "participant_id, minutes_id, kind",
    "meetings_promise": "participant_id, minutes_id, state, made_at, closed_at",
}
# Open to no member by its own rule, and yet read, because …
READ_ALL_THE_SAME = {
    "participants_background": "true",  # … the page of the consent itself asks for it
    "supportgroups_membership": "confirmed_at IS NOT NULL",  # … both people know of a membership that began
    "supportgroups_audience": "true",  # … it says what a member may see, and leaves in no file
}
