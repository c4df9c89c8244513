-- An export is of a cohort of its own study, and so is a member; a version goes up to the end of a month.
do $$ begin
  if not exists (select from pg_constraint where conname = 'research_cohort_of_study') then
    alter table research_cohort add constraint research_cohort_of_study unique (id, study_id);
    alter table research_export add constraint research_export_of_study foreign key (cohort_id, study_id)
      references research_cohort (id, study_id) deferrable initially deferred;
  end if;
  if not exists (select from pg_constraint where conname = 'research_member_of_cohort') then
    alter table research_cohortmember add constraint research_member_of_cohort foreign key (cohort_id, study_id)
      references research_cohort (id, study_id) deferrable initially deferred;
    alter table research_export add constraint cut_off_is_a_months_end check (extract(day from cut_off + 1) = 1);
  end if;
end $$;

-- Who said yes before there were cohorts of somebody, is in the one that was then the newest.
insert into research_cohortmember (participant_id, study_id, cohort_id, joined_at)
select c.participant_id, c.study_id, o.id, min(c.given_at)
  from research_consent c
  join lateral (select n.id from research_cohort n where n.study_id = c.study_id order by n.number desc limit 1) o on true
 where c.withdrawn_at is null
 group by c.participant_id, c.study_id, o.id
on conflict (study_id, participant_id) do nothing;
-- Now, for what follows alters the tables.
set constraints all immediate;
set constraints all deferred;
