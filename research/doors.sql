-- The second person's judgement. The one who asked may not be the one who releases, whatever the page says.
create or replace function doors.judge_export(export bigint, release boolean) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update public.research_export x
     set state = case when $2 then 'released' else 'returned' end,
         released_by_id = authz.actor(), released_at = now(),
         expires_at = case when $2 then now() + interval '7 days' end
   where x.id = $1 and x.state = 'ready' and x.asked_by_id <> authz.actor()
     and x.study_id = any ((select authz.studies())::bigint[])
     and exists (select from public.research_studyrole r
                  where r.study_id = x.study_id and r.user_id = authz.actor() and r.role = 'checker'
                    and r.until >= current_date);
  return found;
end $$;

-- By the export worker: a line in the log of everybody whose answers are in this export, in the same transaction that
-- ends the job.
create or replace function doors.note_export(export bigint, participants bigint[]) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), null, null, '', '', 'research', p.id, 'export', '', jsonb_build_array(jsonb_build_array('export', $1)), 1, 'consent'
    from unnest($2) as p (id)
$$;
grant execute on function doors.note_export(bigint, bigint[]) to herstel_research;
