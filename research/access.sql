-- The views that all of a researcher's file is made of. Which rows they see, the policies say (herstel/policies.py: of who
-- consented, and what some member could be shown); here it is only measures, months, and nothing later than the cut-off.

create schema research;
grant usage on schema research to herstel_research;

-- Its own work.
grant select on research_study, research_cohort to herstel_research;
grant select, update on herstel_job to herstel_research;
grant select on research_export to herstel_research;
grant update (state, refusal, ready_at, manifest, report, file, sha256, size, published_at) on research_export to herstel_research;
create policy research_see on research_export for select to herstel_research using (true);
create policy research_change on research_export for update to herstel_research using (true) with check (true);
grant select (participant_id, study_id, cohort_id, joined_at) on research_cohortmember to herstel_research;
create policy research on research_cohortmember for select to herstel_research
  using (participant_id = any ((select authz.consented())::bigint[])
     and study_id = nullif(current_setting('app.study', true), '')::bigint);
-- Who was in the version before, to count how many came and went.
grant select (participant_id, export_id) on research_exportperson to herstel_research;
create policy research on research_exportperson for select to herstel_research using (true);
grant select (id, study_id, export_id, study_uuid, pid), update (pid, study_uuid) on research_removal to herstel_research;
create policy research_see on research_removal for select to herstel_research using (true);
create policy research_change on research_removal for update to herstel_research using (true) with check (true);

-- Whoever stops is taken out of what was made, and whoever says yes has a cohort, whatever statement does it.
create trigger study_left after update of withdrawn_at on research_consent for each row
  when (old.withdrawn_at is null and new.withdrawn_at is not null) execute function private.study_left();
create trigger study_left_with_the_row before delete on research_consent for each row
  when (old.withdrawn_at is null) execute function private.study_left();
create trigger study_left before delete on participants_participant for each row execute function private.study_left();
create trigger cohort_joined after insert on research_consent for each row execute function private.cohort_joined();
create trigger cohort_joined after insert on research_cohort for each row execute function private.cohort_joined();


-- The first moment after the cut-off of the version that is being made. None is set: no row is before it.
create or replace function research.until() returns timestamptz
language sql stable parallel safe set search_path = '' as $$
  select (nullif(current_setting('app.cut_off', true), '')::date + 1)::timestamp at time zone 'Europe/Amsterdam'
$$;
-- Calendar months from the month of the consent: no date leaves, and no day can be reckoned from two months.
create or replace function research.month(joined timestamptz, at timestamptz) returns int
language sql immutable parallel safe set search_path = '' as $$
  select ((extract(year from $2 at time zone 'Europe/Amsterdam') - extract(year from $1 at time zone 'Europe/Amsterdam')) * 12
        + extract(month from $2 at time zone 'Europe/Amsterdam') - extract(month from $1 at time zone 'Europe/Amsterdam'))::int
$$;
revoke all on function research.until(), research.month(timestamptz, timestamptz) from public;
grant execute on function research.until(), research.month(timestamptz, timestamptz) to herstel_research;

create view research.participants with (security_invoker = true) as
  select c.participant_id, c.cohort_id,
         case when b.birth_year is null then null
              when extract(year from c.joined_at) - b.birth_year < 30 then 'tot_30'
              when extract(year from c.joined_at) - b.birth_year < 45 then '30_44'
              when extract(year from c.joined_at) - b.birth_year < 60 then '45_59'
              else 'vanaf_60' end as age_group,
         nullif(b.gender, '') as gender,
         research.month(c.joined_at, (select research.until()) - interval '1 hour') as months,
         least(10, (select count(*) from public.supportgroups_person x
                     where x.participant_id = c.participant_id and x.created_at < (select research.until()))) as people,
         least(6, m.informal) as informal_members,
         least(6, m.formal) as formal_members
    from public.research_cohortmember c
    join public.participants_background b on b.participant_id = c.participant_id
    cross join lateral (
      select count(*) filter (where kind = 'informal') as informal, count(*) filter (where kind = 'formal') as formal
        from public.supportgroups_membership s
       where s.participant_id = c.participant_id and s.confirmed_at < (select research.until())
         and (s.ended_at is null or s.ended_at >= (select research.until()))) m
   where c.joined_at < (select research.until());

-- How many, not who.
create view research.people with (security_invoker = true) as
  select x.participant_id, x.kind, x.ring, least(5, count(*)) as people,
         least(5, count(*) filter (where x.in_group)) as in_group
    from public.supportgroups_person x
   where x.created_at < (select research.until())
   group by x.participant_id, x.kind, x.ring;

create view research.goals with (security_invoker = true) as
  select g.participant_id, g.id as goal_id, nullif(g.domain, '') as domain, g.horizon,
         case when g.closed_at >= (select research.until()) then 'active' else g.state end as state,
         coalesce((select r.standing from public.goals_progress r
                    where r.goal_id = g.id and r.standing is not null and r.at < (select research.until())
                    order by r.at desc, r.id desc limit 1), 0) as standing,
         research.month(c.joined_at, g.created_at) as month,
         case when g.state = 'reached' and g.closed_at < (select research.until())
              then research.month(c.joined_at, g.closed_at) end as month_closed,
         (select count(*) from public.goals_step s
           where s.goal_id = g.id and s.created_at < (select research.until())) as steps,
         (select count(*) from public.goals_step s
           where s.goal_id = g.id and s.done_at < (select research.until())) as steps_done,
         (select count(*) from public.goals_helper h
           where h.goal_id = g.id and h.created_at < (select research.until())) as helpers
    from public.goals_goal g
    join public.research_cohortmember c on c.participant_id = g.participant_id
   where g.created_at < (select research.until());

create view research.progress with (security_invoker = true) as
  select r.participant_id, r.goal_id, r.id as progress_id,
         row_number() over (partition by r.goal_id order by r.at, r.id) as turn, research.month(c.joined_at, r.at) as month, r.standing
    from public.goals_progress r
    join public.goals_goal g on g.id = r.goal_id
    join public.research_cohortmember c on c.participant_id = r.participant_id
   where r.standing is not null and r.at < (select research.until()) and g.created_at < (select research.until());

-- Who was there is known of what was held and written down, and of nothing else: unknown is empty, not nobody.
create view research.meetings with (security_invoker = true) as
  select m.participant_id, m.id as meeting_id,
         row_number() over (partition by m.participant_id order by m.at, m.id) as turn, m.kind, m.state,
         research.month(c.joined_at, m.at) as month,
         case when n.id is not null then (select count(*) from public.meetings_attendance a
           where a.minutes_id = n.id and a.kind <> 'professional') end as informal_present,
         case when n.id is not null then (select count(*) from public.meetings_attendance a
           where a.minutes_id = n.id and a.kind = 'professional') end as formal_present,
         case when n.id is not null then (select count(*) from public.meetings_promise q
           where q.minutes_id = n.id and q.made_at < (select research.until())) end as promises,
         case when n.id is not null then (select count(*) from public.meetings_promise q
           where q.minutes_id = n.id and q.state = 'done' and q.closed_at < (select research.until())) end as promises_done
    from public.meetings_meeting m
    join public.research_cohortmember c on c.participant_id = m.participant_id
    left join public.meetings_minutes n
      on n.meeting_id = m.id and m.state = 'held' and n.released_at < (select research.until())
   where m.at < (select research.until()) and m.state in ('held', 'cancelled');

grant select on research.participants, research.people, research.goals, research.progress, research.meetings to herstel_research;
