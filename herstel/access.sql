-- The end of a job or of an account ends every session at once, whoever ends it and by whichever way.
create or replace trigger ends_sessions after insert or update of active on participants_employment
  for each row execute function private.work_changed();
create or replace trigger ends_sessions after update of is_active on herstel_user
  for each row when (not new.is_active) execute function private.account_closed();

-- An organisation's sign-in is looked up, and its time noted, before there is somebody. Whose it is stays as it was.
create or replace function private.same_account() returns trigger language plpgsql set search_path = '' as $$
begin
  if (new.user_id, new.provider, new.uid) is distinct from (old.user_id, old.provider, old.uid) then
    raise insufficient_privilege using message = 'a sign-in stays with its person';
  end if;
  return new;
end $$;
create or replace trigger same_account before update on socialaccount_socialaccount
  for each row execute function private.same_account();
