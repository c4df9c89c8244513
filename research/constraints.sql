-- An export is of a cohort of its own study.
do $$ begin
  if not exists (select from pg_constraint where conname = 'research_cohort_of_study') then
    alter table research_cohort add constraint research_cohort_of_study unique (id, study_id);
    alter table research_export add constraint research_export_of_study foreign key (cohort_id, study_id)
      references research_cohort (id, study_id) deferrable initially deferred;
  end if;
end $$;
