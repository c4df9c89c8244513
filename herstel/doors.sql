-- Doors of the house itself: narrow things that the acting person may do although no policy lets them touch the row.
-- Owned by herstel_doors. Each function returns only what its purpose needs.

-- What a line is about: pairs of the name of a model and the number of a row, so that no line breaks the page that shows
-- it, and none holds words.
create or replace function private.are_objects(objects jsonb, most int default 5000) returns boolean
language sql immutable security definer set search_path = '' as $$
  select case when jsonb_typeof($1) is distinct from 'array' then false
         else jsonb_array_length($1) <= $2 and not jsonb_path_exists($1, 'strict $[*] ?
           (@.type() != "array" || @.size() != 2 || @[0].type() != "string" || @[1].type() != "number"
            || !(@[0] like_regex "^[a-z_-]{1,40}$")
            || @[1] < 0 || @[1] > 9007199254740991 || @[1].floor() != @[1])') end
$$;

-- Whoever has no place in a record writes no line in its log, and a member writes none of what only others do: looks
-- (audit.look), links that were opened (doors.note_asked) and files for research have functions of their own.
create or replace function audit.log(event text, participant bigint, category text, objects jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare me bigint := authz.actor();
begin
  if me is null then return; end if;
  -- A participant who looks through a member's eyes does nothing. Whoever claims other eyes is noted all the same.
  if authz.preview() is not null and exists (
       select from public.participants_participant p where p.id = log.participant and p.user_id = me) then return; end if;
  if event in ('read', 'open', 'export') or participant is distinct from authz.own()
     and event not in ('create', 'change', 'delete', 'accept', 'leave', 'pause') then
    raise insufficient_privilege using message = 'no line of what others do';
  end if;
  if participant is distinct from authz.own() and not exists (
       select from private.living m
        where m.participant_id = log.participant and m.user_id = me and m.state in ('accepted', 'active', 'paused')) then
    raise insufficient_privilege using message = 'no line about somebody whom one does not know';
  end if;
  if not private.are_objects(objects) or category !~ '^[a-z]*$' then
    raise insufficient_privilege using message = 'no line about such things';
  end if;
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), me, m.id, coalesce(pe.called, ''), coalesce(o.name, ''), coalesce(m.kind, 'own'),
         log.participant, log.event, log.category, log.objects, jsonb_array_length(log.objects),
         case when m.id is null then 'own' else 'member' end
    from (select 1) one
    left join private.living l
      on l.participant_id = log.participant and l.user_id = me and l.state in ('accepted', 'active', 'paused')
     and log.participant is distinct from authz.own()
    left join public.supportgroups_membership m on m.id = l.id
    left join public.supportgroups_person pe on pe.id = m.person_id
    left join public.participants_organisation o on o.id = m.organisation_id;
end $$;

-- One line per participant and category that was read in this request; the own record is not a look. Whose eyes it was
-- comes from the transaction; a look at somebody whom one does not know cannot have been.
create or replace function audit.look(lines jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare me bigint := authz.actor();
begin
  if me is null or authz.preview() is not null then return; end if;
  if exists (select from jsonb_to_recordset(lines) as l (participant bigint, about text, about_id bigint)
              where case when coalesce(l.about, '') = ''
                         then l.participant is distinct from (select authz.own())
                              and not coalesce(l.participant = any ((select authz.known())::bigint[]), false)
                         else l.participant is not null or not coalesce(private.has_to_do_with(l.about, l.about_id), false) end) then
    raise insufficient_privilege using message = 'no line about somebody whom one does not know';
  end if;
  if exists (select from jsonb_to_recordset(lines) as l (objects jsonb, category text)
              where not private.are_objects(l.objects, 50) or l.category !~ '^[a-z]*$') then
    raise insufficient_privilege using message = 'no line about such things';
  end if;
  -- What belongs to several people together: who of them looked.
  insert into public.herstel_auditline
         (at, actor, about, about_id, called, organisation, side, event, category, objects, n, basis)
  select now(), me, l.about, l.about_id, '', '', '', 'read', l.category, l.objects, l.n, l.about
    from jsonb_to_recordset(lines) as l (about text, about_id bigint, category text, n int, objects jsonb)
   where coalesce(l.about, '') <> '';
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, about, event, category, objects, n, basis)
  select now(), me, m.id, pe.called, coalesce(o.name, ''), m.kind,
         l.participant, '', 'read', l.category, l.objects, l.n, coalesce('share:' || s.id, 'member')
    from jsonb_to_recordset(lines) as l (participant bigint, category text, n int, objects jsonb)
    join public.supportgroups_membership m
      on m.participant_id = l.participant and m.user_id = me and m.state in ('active', 'paused')
    join public.supportgroups_person pe on pe.id = m.person_id
    left join public.participants_organisation o on o.id = m.organisation_id
    left join public.supportgroups_share s on s.membership_id = m.id and s.category = l.category
   where l.participant is distinct from (select authz.own());
end $$;

-- Put a mail in the outbox, for functions and for the export worker. Nobody of the web reads it back.
create or replace function doors.queue_mail(
  to_user bigint, address text, template text, context jsonb, send_at timestamptz) returns bigint
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_outgoingmail (key, to_user_id, address, template, context, send_at)
  values (gen_random_uuid(), $1, coalesce($2, ''), $3, $4,
          -- Python has no word for infinity, and a mail of long ago would stand before all others.
          least(greatest(coalesce($5, now()), now() - interval '1 hour'), now() + interval '400 days'))
  returning id
$$;

-- Send word to somebody: one of the sentences that say nothing, to oneself or to whom one knows: the owner and the members
-- of a group that one is in or has. What it is about goes along as numbers, for the worker to ask whether it still holds
-- (doors.still).
create or replace function doors.send_word(
  to_user bigint, template text, membership bigint, category text, meeting bigint, send_at timestamptz) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare me bigint := authz.actor();
begin
  if template is null or to_user is null or me is null or template not in ('waiting', 'tomorrow') then
    raise insufficient_privilege using message = 'no such mail';
  end if;
  if not (
       to_user = me
       or exists (select from public.participants_participant p where p.user_id = to_user and p.id = any (authz.known()))
       or exists (select from public.supportgroups_membership m
                   where m.user_id = to_user and m.participant_id = authz.own()
                     and m.state in ('accepted', 'active', 'paused', 'resting'))) then
    -- Somebody whose place ended is told nothing any more; anybody else one does not know at all.
    if exists (select from public.supportgroups_membership m
                where m.user_id = to_user and m.participant_id = authz.own()) then return null; end if;
    raise insufficient_privilege using message = 'no mail to somebody whom one does not know';
  end if;
  -- What one may not see oneself cannot be asked by way of the mail that comes or does not.
  if membership is not null and not exists (
       select from public.supportgroups_membership m
        where m.id = membership and (m.participant_id = authz.own() or m.id = any (authz.places()))) then return null; end if;
  if meeting is not null and not exists (
       select from public.meetings_meeting t
        where t.id = meeting and (t.participant_id = authz.own() or t.id = any (authz.chosen('meetings_meeting')))) then return null; end if;
  return doors.queue_mail(to_user, '', template, jsonb_strip_nulls(jsonb_build_object(
    'membership', membership, 'category', category, 'meeting', meeting)), send_at);
end $$;

-- House-keeping by the worker: what nobody needs any more.
create or replace function doors.tidy() returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.herstel_formtoken where sent_at < now() - interval '2 days';
  delete from public.herstel_signin where expires_at < now() - interval '1 day';
  delete from public.herstel_session where ends_at < now() or seen_at + idle < now();
  delete from public.herstel_knownbrowser where at < now() - interval '400 days';
  delete from public.herstel_draft where updated_at < now() - interval '90 days';
$$;

-- The export worker tells whoever asked that the file is ready.
grant execute on function doors.queue_mail(bigint, text, text, jsonb, timestamptz) to herstel_research;

-- By the worker: the push service says that this device is gone.
create or replace function doors.forget_device(device bigint) returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.herstel_pushdevice where id = $1
$$;

-- Do mails to me not arrive? Tried five times and more, and still waiting. Tells nothing of anybody else.
create or replace function doors.mail_trouble() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from public.herstel_outgoingmail o
                  where o.to_user_id = authz.actor() and o.sent_at is null and o.attempts >= 5)
$$;

-- Queue work on something of one's own: a copy of one's own data, a version of a study that one works on. Once.
create or replace function doors.ask_job(kind text, subject bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not coalesce(case kind
       when 'copy' then exists (select from public.participants_datacopy c
                                 where c.id = subject and c.participant_id = authz.own())
       when 'publish' then exists (select from public.research_export x
                                    where x.id = subject and x.state = 'released' and x.released_by_id = authz.actor())
     end, false) then
    raise insufficient_privilege using message = 'no work on what is somebody else''s';
  end if;
  perform private.queue_job(kind, subject);
end $$;

create or replace function private.queue_job(kind text, subject bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_job (kind, subject, key, state, attempt, progress, error, created_at)
  values ($1, $2, $1 || ':' || $2, 'queued', 0, 0, '', now()) on conflict (key) do nothing
$$;

-- Whoever keeps Kring frees a job that was given up, as if nobody had tried it.
create or replace function doors.job_again(job bigint) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare freed text;
begin
  if not authz.keeps() then return false; end if;
  update public.herstel_job j set state = 'queued', attempt = 0, progress = 0, lease_until = null, finished_at = null
   where j.id = $1 and j.state = 'failed'
  returning j.kind || ' ' || j.id into freed;
  if freed is null then return false; end if;
  perform private.administered('job_again', null, null, freed);
  return true;
end $$;

-- Mails that were tried as often as a worker does (mail.MOST_ATTEMPTS) and that nobody tries any more.
create or replace function doors.mails_given_up() returns bigint
language sql stable security definer set search_path = '' as $$
  select count(*) from public.herstel_outgoingmail where sent_at is null and attempts >= 60 and (select authz.keeps())
$$;

-- ... and once more. A code of days ago opens nothing and only confuses.
create or replace function doors.mails_again() returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare freed bigint;
begin
  if not authz.keeps() then return 0; end if;
  delete from public.herstel_outgoingmail where sent_at is null and attempts >= 60 and template in ('code', 'link');
  update public.herstel_outgoingmail set attempts = 0, lease_until = null, send_at = now()
   where sent_at is null and attempts >= 60;
  get diagnostics freed = row_count;
  if freed > 0 then perform private.administered('job_again', null, null, freed || ' mails'); end if;
  return freed;
end $$;
