-- Whatever changes a version or who is in it, waits for the others of its study: releasing, fetching, publishing, stopping.
-- Nobody takes it of a study that is not theirs.
create or replace function doors.one_at_a_time(study bigint) returns void
language sql volatile security definer set search_path = '' as $$
  select pg_advisory_xact_lock(7301, $1::int)
$$;
grant execute on function doors.one_at_a_time(bigint) to herstel_research;

-- A name for a row's address, as herstel/slugs.py makes them.
create or replace function private.new_slug() returns text
language sql volatile set search_path = '' as $$
  select string_agg(substr('23456789bcdfghjkmnpqrstvwxz', 1 + get_byte(b.bytes, n) % 27, 1), '')
    from (select sha256(uuid_send(gen_random_uuid())) as bytes) b, generate_series(0, 8) n
$$;

-- How somebody is called who does this: by whoever employs them for this study, and by nobody's say-so.
create or replace function private.name_in_study(study bigint) returns text
language sql stable security definer set search_path = '' as $$
  select coalesce(min(e.name), '')
    from public.research_studyrole r join public.participants_employment e on e.id = r.employment_id and e.user_id = r.user_id
   where r.user_id = authz.actor() and r.study_id = $1 and e.active
$$;

-- A researcher asks for a version: of what there was at the end of last month, and of one version at a time (null).
create or replace function doors.ask_export(cohort bigint, purpose text) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare asked bigint;
begin
  perform doors.one_at_a_time(c.study_id) from public.research_cohort c
   where c.id = $1
     and not exists (select from public.research_export x where x.cohort_id = c.id and x.state = 'asked')
     and c.study_id = any ((select authz.studies('researcher'))::bigint[]);
  insert into public.research_export (slug, study_id, cohort_id, version, purpose, state, refusal, asked_by_id, asked_name,
         asked_at, released_name, returned_why, cut_off, manifest, report, copies, file, sha256, size)
  select private.new_slug(), c.study_id, c.id,
         (select coalesce(max(o.version), 0) + 1 from public.research_export o where o.cohort_id = c.id),
         left($2, 300), 'asked', '', authz.actor(), private.name_in_study(c.study_id), now(), '', '',
         (date_trunc('month', now() at time zone 'Europe/Amsterdam') - interval '1 day')::date, '{}', '{}', 0, '', '', 0
    from public.research_cohort c
   where c.id = $1 and c.study_id = any ((select authz.studies('researcher'))::bigint[])
  on conflict do nothing returning id into asked;
  if asked is not null then
    perform private.queue_job('export', asked);
  end if;
  return asked;
end $$;

-- The second person's judgement. The one who asked may not be the one who releases, whatever the page says.
create or replace function doors.judge_export(export bigint, release boolean, why text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform doors.one_at_a_time(x.study_id) from public.research_export x
   where x.id = $1 and x.study_id = any ((select authz.studies())::bigint[]);
  update public.research_export x
     set state = case when $2 then 'released' else 'returned' end,
         released_by_id = authz.actor(), released_at = now(), released_name = private.name_in_study(x.study_id),
         returned_why = case when $2 then '' else left($3, 300) end,
         expires_at = case when $2 then now() + interval '7 days' end
   where x.id = $1 and x.state = 'ready' and x.asked_by_id <> authz.actor()
     and $2 is not null and ($2 or btrim($3) <> '')
     and x.study_id = any ((select authz.studies('checker'))::bigint[]);
  return found;
end $$;

-- Somebody who works on the study takes a copy: counted and written down before it leaves, three at most.
create or replace function doors.take_copy(export bigint) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform doors.one_at_a_time(x.study_id) from public.research_export x
   where x.id = $1 and x.study_id = any ((select authz.studies())::bigint[]);
  update public.research_export x set copies = x.copies + 1
   where x.id = $1 and x.state = 'released' and x.published_at is not null and x.expires_at > clock_timestamp() and x.copies < 3
     and x.study_id = any ((select authz.studies())::bigint[]);
  if not found then return false; end if;
  insert into public.research_download (study_id, export_id, by_id, name, at)
  select x.study_id, x.id, authz.actor(), private.name_in_study(x.study_id), now() from public.research_export x where x.id = $1;
  return true;
end $$;

-- By the export worker: who is in this version, and a line in the log of each of them, in the same transaction that ends
-- the job.
create or replace function doors.note_export(export bigint, participants bigint[]) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.research_exportperson (participant_id, study_id, export_id, fetched)
  select p.id, x.study_id, x.id, false from public.research_export x, unnest($2) as p (id) where x.id = $1;
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), null, null, '', '', 'research', p.id, 'export', '', jsonb_build_array(jsonb_build_array('export', $1)), 1, 'consent'
    from unnest($2) as p (id)
$$;
grant execute on function doors.note_export(bigint, bigint[]) to herstel_research;

-- A version that somebody stopped for is made again without them: for whoever asked, up to the same day.
create or replace function private.make_again(export bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare fresh bigint;
begin
  insert into public.research_export (slug, study_id, cohort_id, version, purpose, state, refusal, asked_by_id, asked_name,
         asked_at, released_name, returned_why, cut_off, manifest, report, copies, file, sha256, size)
  select private.new_slug(), x.study_id, x.cohort_id,
         (select max(o.version) + 1 from public.research_export o where o.cohort_id = x.cohort_id),
         x.purpose, 'asked', '', x.asked_by_id, x.asked_name, now(), '', '', x.cut_off, '{}', '{}', 0, '', '', 0
    from public.research_export x where x.id = $1
  on conflict do nothing returning id into fresh;  -- one is being made already: that one is without them
  if fresh is not null then
    perform private.queue_job('export', fresh);
  end if;
end $$;

-- Somebody stops, or throws everything away: no version that they are in can be fetched from here on. What nobody fetched
-- is void; who fetched one is given the pseudonym to remove. A trigger, so that no way of stopping forgets it.
create or replace function private.study_left() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  who bigint; only_study bigint; place record; taken boolean; removal bigint; again bigint[] := '{}'; one bigint;
begin
  perform private.latest_only();
  if tg_table_name = 'participants_participant' then who := old.id;
  else who := old.participant_id; only_study := old.study_id; end if;
  for one in select distinct i.study_id from public.research_exportperson i
              where i.participant_id = who and (only_study is null or i.study_id = only_study) order by 1
  loop perform doors.one_at_a_time(one); end loop;
  -- Who is about to be added by a worker waits for the lock, and looks again whether they still take part.
  if only_study is not null then perform doors.one_at_a_time(only_study); end if;

  for place in
    select i.id, i.export_id, x.study_id, x.cohort_id, x.asked_by_id,
           x.state = 'ready' or (x.state = 'released' and x.expires_at > now()) as alive
      from public.research_exportperson i join public.research_export x on x.id = i.export_id
     where i.participant_id = who and i.left_at is null and (only_study is null or i.study_id = only_study)
     order by x.cohort_id, x.version
  loop
    taken := exists (select from public.research_download d where d.export_id = place.export_id);
    if taken then
      insert into public.research_removal (study_id, export_id, study_uuid, pid, at, confirmed_name)
      select place.study_id, place.export_id, b.study_id, '', now(), ''
        from public.participants_background b where b.participant_id = who returning id into removal;
      if removal is not null then perform private.queue_job('removal', removal); end if;
    end if;
    if place.alive then
      update public.research_export set state = 'void' where id = place.export_id;
      again := array_append(again, place.export_id);
    end if;
    if taken or place.alive then
      perform doors.queue_mail(u.id, '', 'waiting', '{}', null)
         from (select place.asked_by_id as id union select d.by_id from public.research_download d
                where d.export_id = place.export_id) u;
    end if;
    update public.research_exportperson set left_at = now(), fetched = taken where id = place.id;
  end loop;

  for one in select max(x.id) from public.research_export x where x.id = any (again) group by x.cohort_id
  loop perform private.make_again(one); end loop;
  return old;
end $$;

-- The researchers say that they took these people out of their copies; each of them reads that.
create or replace function doors.confirm_removals(export bigint) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare times timestamptz[]; done int;
begin
  perform doors.one_at_a_time(x.study_id) from public.research_export x
   where x.id = $1 and x.study_id = any ((select authz.studies())::bigint[]);
  with said as (
    update public.research_removal r set confirmed_at = now(), confirmed_by_id = authz.actor(),
           confirmed_name = private.name_in_study(r.study_id)
     where r.export_id = $1 and r.confirmed_at is null and r.pid <> ''
       and r.study_id = any ((select authz.studies('researcher'))::bigint[])
    returning r.at)
  select array_agg(at), count(*) into times, done from said;
  update public.research_exportperson i set confirmed_at = now()
   where i.export_id = $1 and i.fetched and i.confirmed_at is null and i.left_at = any (times);
  return done;
end $$;

-- A yes puts somebody into the newest cohort of the study, for good; a first cohort takes in who said yes before it was.
create or replace function private.cohort_joined() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into public.research_cohortmember (participant_id, study_id, cohort_id, joined_at)
  select c.participant_id, c.study_id, o.id, min(c.given_at)
    from public.research_consent c
    join lateral (select n.id from public.research_cohort n where n.study_id = c.study_id order by n.number desc limit 1) o on true
   where c.withdrawn_at is null and c.study_id = new.study_id
     and case when tg_table_name = 'research_consent' then c.participant_id = (to_jsonb(new) ->> 'participant_id')::bigint
              else not exists (select from public.research_cohort n where n.study_id = new.study_id and n.id <> new.id) end
   group by c.participant_id, c.study_id, o.id
  on conflict (study_id, participant_id) do nothing;
  return new;
end $$;
