-- The end of a job or of an account ends every session at once, whoever ends it and by whichever way.
create or replace trigger ends_sessions after insert or update or delete on participants_employment
  for each row execute function private.work_changed();
create or replace trigger ends_sessions after update of is_active on herstel_user
  for each row when (not new.is_active) execute function private.account_closed();
