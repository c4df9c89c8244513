create trigger asked before insert on participants_employment for each row execute function private.ask_for_work();
-- Work that ended is active no more, as little as a question that was answered with no or taken back; the end stays.
create trigger ended before update of ended_at on participants_employment
  for each row when (coalesce(old.ended_at, new.ended_at) is not null) execute function private.end_work();
-- What administrators do is written by the tables themselves, so that no page can forget it. Somebody's own yes or no
-- (doors.answer_work, which works as herstel_doors) is no act of an administrator.
create trigger administered after insert or update on participants_employment
  for each row when (current_user <> 'herstel_doors') execute function private.note_employment();
create trigger administered after insert on participants_organisation
  for each row execute function private.note_organisation();
create trigger administered after insert or update or delete on herstel_helpline
  for each row execute function private.note_help_line();
