-- The end of work or of an account lets places rest; see private.rest_places.
create trigger rest_places after insert or update or delete on participants_employment
  for each row execute function private.rest_places();
create trigger rest_places after update of is_active on herstel_user
  for each row when (old.is_active is distinct from new.is_active) execute function private.rest_places_of_account();
