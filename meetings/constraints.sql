-- A vote is for a day of its own meeting, not of another one.
do $$ begin
  if not exists (select from pg_constraint where conname = 'meetings_dateoption_of_meeting') then
    alter table meetings_dateoption add constraint meetings_dateoption_of_meeting unique (id, meeting_id);
    alter table meetings_datevote add constraint meetings_datevote_of_meeting foreign key (option_id, meeting_id)
      references meetings_dateoption (id, meeting_id) deferrable initially deferred;
  end if;
end $$;
