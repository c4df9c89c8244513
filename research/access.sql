-- What the export worker may read: columns without free text, of people who consented to the study it works on, and the
-- views that are all a researcher's file is made of. The database itself refuses the rest.

create schema if not exists research;
grant usage on schema research to herstel_research;


grant select (id, created_at) on participants_participant to herstel_research;
grant select (participant_id, study_id, birth_year, gender) on participants_background to herstel_research;
grant select (participant_id, phase) on supportgroups_supportgroup to herstel_research;
grant select (id, participant_id, kind, ring, in_group, created_at) on supportgroups_person to herstel_research;
grant select (participant_id, person_id, kind, state, confirmed_at, ended_at) on supportgroups_membership to herstel_research;
grant select (id, participant_id, domain, horizon, state, standing, created_at, closed_at) on goals_goal to herstel_research;
grant select (participant_id, goal_id, done_at) on goals_step to herstel_research;
grant select (participant_id, goal_id) on goals_helper to herstel_research;
grant select (id, participant_id, goal_id, standing, at) on goals_progress to herstel_research;
grant select (id, participant_id, kind, state, at) on meetings_meeting to herstel_research;
grant select (id, participant_id, meeting_id) on meetings_minutes to herstel_research;
grant select (participant_id, minutes_id, kind) on meetings_attendance to herstel_research;
grant select (participant_id, minutes_id, state) on meetings_promise to herstel_research;

create policy research on participants_participant for select to herstel_research
  using (id = ANY ((SELECT authz.consented())::bigint[]));
do $$ declare t text; begin
  foreach t in array array['participants_background', 'supportgroups_supportgroup', 'supportgroups_person',
    'supportgroups_membership', 'goals_goal', 'goals_step', 'goals_helper', 'goals_progress', 'meetings_meeting',
    'meetings_minutes', 'meetings_attendance', 'meetings_promise'] loop
    execute format('create policy research on %I for select to herstel_research '
                   'using (participant_id = ANY ((SELECT authz.consented())::bigint[]))', t);
  end loop; end $$;

-- Its own work.
grant select on research_study, research_cohort to herstel_research;
grant select, update on herstel_job to herstel_research;
grant select on research_export to herstel_research;
grant update (state, refusal, ready_at, manifest, file, sha256, size) on research_export to herstel_research;
create policy research_see on research_export for select to herstel_research using (true);
create policy research_change on research_export for update to herstel_research using (true) with check (true);

drop view if exists research.participants, research.people, research.goals, research.progress, research.meetings;

-- Whole months since the participant began: no date leaves.
create or replace function research.month(began timestamptz, at timestamptz) returns int
language sql immutable parallel safe set search_path = '' as $$
  select greatest(0, (extract(year from age($2, $1)) * 12 + extract(month from age($2, $1)))::int)
$$;
revoke all on function research.month(timestamptz, timestamptz) from public;
grant execute on function research.month(timestamptz, timestamptz) to herstel_research;

create view research.participants with (security_invoker = true) as
  select p.id as participant_id,
         case when b.birth_year is null then ''
              when extract(year from p.created_at) - b.birth_year < 30 then 'tot_30'
              when extract(year from p.created_at) - b.birth_year < 45 then '30_44'
              when extract(year from p.created_at) - b.birth_year < 60 then '45_59'
              else 'vanaf_60' end as age_group,
         coalesce(b.gender, '') as gender,
         coalesce(g.phase, '') as phase,
         research.month(p.created_at, now()) as months,
         least(10, (select count(*) from public.supportgroups_person x where x.participant_id = p.id)) as people,
         least(6, (select count(*) from public.supportgroups_membership m
                    where m.participant_id = p.id and m.state = 'active' and m.kind = 'informal')) as informal_members,
         least(6, (select count(*) from public.supportgroups_membership m
                    where m.participant_id = p.id and m.state = 'active' and m.kind = 'formal')) as formal_members
    from public.participants_participant p
    left join public.participants_background b on b.participant_id = p.id
    left join public.supportgroups_supportgroup g on g.participant_id = p.id;

create view research.people with (security_invoker = true) as
  select x.participant_id,
         row_number() over (partition by x.participant_id order by x.created_at, x.id) as person,
         x.kind, x.ring, x.in_group::int as in_group,
         research.month(p.created_at, x.created_at) as month
    from public.supportgroups_person x
    join public.participants_participant p on p.id = x.participant_id;

create view research.goals with (security_invoker = true) as
  select g.participant_id,
         row_number() over (partition by g.participant_id order by g.created_at, g.id) as goal,
         g.id as goal_id,
         g.domain, g.horizon, g.state, g.standing,
         research.month(p.created_at, g.created_at) as month,
         case when g.closed_at is null then null else research.month(p.created_at, g.closed_at) end as month_closed,
         (select count(*) from public.goals_step s where s.goal_id = g.id) as steps,
         (select count(*) from public.goals_step s where s.goal_id = g.id and s.done_at is not null) as steps_done,
         (select count(*) from public.goals_helper h where h.goal_id = g.id) as helpers
    from public.goals_goal g
    join public.participants_participant p on p.id = g.participant_id;

create view research.progress with (security_invoker = true) as
  select r.participant_id, g.goal,
         row_number() over (partition by r.goal_id order by r.at, r.id) as time,
         research.month(p.created_at, r.at) as month,
         r.standing
    from public.goals_progress r
    join (select id, row_number() over (partition by participant_id order by created_at, id) as goal
            from public.goals_goal) g on g.id = r.goal_id
    join public.participants_participant p on p.id = r.participant_id
   where r.standing is not null;

create view research.meetings with (security_invoker = true) as
  select m.participant_id,
         row_number() over (partition by m.participant_id order by m.at, m.id) as meeting,
         m.kind, m.state,
         research.month(p.created_at, m.at) as month,
         (select count(*) from public.meetings_attendance a where a.minutes_id = n.id and a.kind <> 'professional') as informal_present,
         (select count(*) from public.meetings_attendance a where a.minutes_id = n.id and a.kind = 'professional') as formal_present,
         (select count(*) from public.meetings_promise q where q.minutes_id = n.id) as promises,
         (select count(*) from public.meetings_promise q where q.minutes_id = n.id and q.state = 'done') as promises_done
    from public.meetings_meeting m
    join public.participants_participant p on p.id = m.participant_id
    left join public.meetings_minutes n on n.meeting_id = m.id
   where m.at is not null and m.state in ('held', 'cancelled');

grant select on research.participants, research.people, research.goals, research.progress, research.meetings to herstel_research;
