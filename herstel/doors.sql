-- Doors of the house itself: narrow things that the acting person may do although no policy lets them touch the row.
-- Owned by herstel_doors. Each function returns only what its purpose needs.

create or replace function audit.log(event text, participant bigint, category text, objects jsonb) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), authz.actor(), m.id, coalesce(pe.called, ''), coalesce(o.name, ''), coalesce(m.kind, 'own'),
         $2, $1, $3, $4, jsonb_array_length($4),
         case when $2 = authz.own() then 'own' when m.id is null then '' else 'member' end
    from (select 1) one
    left join public.supportgroups_membership m
      on m.participant_id = $2 and m.user_id = authz.actor() and m.state in ('accepted', 'active', 'paused')
    left join public.supportgroups_person pe on pe.id = m.person_id
    left join public.participants_organisation o on o.id = m.organisation_id
   where authz.preview() is null and authz.actor() is not null
$$;

-- One line per participant and category that was read in this request; the own record is not a look.
create or replace function audit.look(lines jsonb) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_auditline
         (at, actor, membership, called, organisation, side, participant_id, event, category, objects, n, basis)
  select now(), authz.actor(), m.id, coalesce(pe.called, ''), coalesce(o.name, ''), coalesce(m.kind, ''),
         l.participant, 'read', l.category, l.objects, l.n, coalesce('share:' || s.id, 'member')
    from jsonb_to_recordset(lines) as l (participant bigint, category text, n int, objects jsonb)
    left join public.supportgroups_membership m
      on m.participant_id = l.participant and m.user_id = authz.actor() and m.state = 'active'
    left join public.supportgroups_person pe on pe.id = m.person_id
    left join public.participants_organisation o on o.id = m.organisation_id
    left join public.supportgroups_share s on s.membership_id = m.id and s.category = l.category
   where l.participant is distinct from authz.own() and authz.actor() is not null and authz.preview() is null
$$;

-- Put a mail in the outbox. Nobody of the web reads it back.
create or replace function doors.queue_mail(
  to_user bigint, address text, template text, context jsonb, send_at timestamptz) returns bigint
language sql volatile security definer set search_path = '' as $$
  insert into public.herstel_outgoingmail (key, to_user_id, address, template, context, send_at)
  values (gen_random_uuid(), $1, coalesce($2, ''), $3, $4, coalesce($5, now()))
  returning id
$$;

-- House-keeping by the worker: what nobody needs any more.
create or replace function doors.tidy() returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.herstel_formtoken where sent_at < now() - interval '2 days';
  delete from public.herstel_signin where expires_at < now() - interval '1 day';
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

-- Whoever keeps Kring frees a job that was given up, as if nobody had tried it.
create or replace function doors.job_again(job bigint) returns boolean
language sql volatile security definer set search_path = '' as $$
  with freed as (
    update public.herstel_job j set state = 'queued', attempt = 0, progress = 0, lease_until = null, finished_at = null
     where j.id = $1 and j.state = 'failed' and (select authz.keeps())
    returning 1)
  select exists (select from freed)
$$;

-- Mails that were tried as often as a worker does (mail.MOST_ATTEMPTS) and that nobody tries any more.
create or replace function doors.mails_given_up() returns bigint
language sql stable security definer set search_path = '' as $$
  select count(*) from public.herstel_outgoingmail where sent_at is null and attempts >= 60 and (select authz.keeps())
$$;

-- ... and once more. A code of days ago opens nothing and only confuses.
create or replace function doors.mails_again() returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from public.herstel_outgoingmail
     where sent_at is null and attempts >= 60 and template = 'code' and (select authz.keeps())),
  freed as (
    update public.herstel_outgoingmail set attempts = 0, lease_until = null, send_at = now()
     where sent_at is null and attempts >= 60 and template <> 'code' and (select authz.keeps())
    returning 1)
  select count(*) from freed
$$;
