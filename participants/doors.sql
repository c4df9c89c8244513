-- One line in the log of administration, under the name that the acting person works under. For the functions here only:
-- nobody of the web may call it, so nobody can write a line about what did not happen.
create or replace function private.administered(event text, organisation bigint, participant bigint, about text) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.participants_administrationline (at, actor, name, event, about, organisation_id, participant_id)
  select now(), authz.actor(), coalesce((array_agg(e.name order by e.active and e.organisation_id = $2 desc nulls last, e.active desc, e.id desc))[1], ''), $1, left($4, 80), $2, $3
    from (select 1) one
    left join public.participants_employment e  -- of who just ended their own work too
      on e.user_id = authz.actor() and e.function = 'administrator' and e.began_at is not null
  having authz.actor() is not null
$$;

-- Beheer's doors: an organisation is added by an administrator of Kring itself; the outbox is told in two figures.

create or replace function doors.add_organisation(name text, kind text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not authz.keeps() then return false; end if;
  insert into public.participants_organisation (name, kind) values ($1, $2) on conflict do nothing;
  return found;
end $$;

create or replace function doors.mail_figures(out waiting bigint, out oldest timestamptz)
language sql stable security definer set search_path = '' as $$
  select count(*), min(send_at) from public.herstel_outgoingmail
   where sent_at is null and send_at <= now() and attempts < 60 and authz.keeps()
$$;

-- Asked by the worker that makes a copy: for whom?
create or replace function doors.whose_copy(copy bigint) returns bigint
language sql stable security definer set search_path = '' as $$
  select p.user_id from public.participants_datacopy c
    join public.participants_participant p on p.id = c.participant_id
   where c.id = $1
$$;

-- Who is to go: participants.
create or replace function doors.due_to_erase() returns setof bigint
language sql stable security definer set search_path = '' as $$
  select e.participant_id from public.participants_deletion e where e.due_at <= now() order by e.due_at
$$;

-- Throw away one who is due: the record with everything below it, and the account when it is nothing else to anybody.
-- What stays is the ledger, and the log of who looked, under numbers that lead to nobody. Gives the files to remove;
-- nothing, when the person came back in between. A row that somebody holds is not waited for long.
create or replace function doors.erase(participant bigint) returns table (files text[], copies text[])
language plpgsql volatile security definer set search_path = '' set lock_timeout = '5s' as $$
declare d record; alone boolean; mailbox text;
begin
  select e.participant_id, p.user_id into d from public.participants_deletion e
    join public.participants_participant p on p.id = e.participant_id
   where e.participant_id = $1 and e.due_at <= now() for update of e;
  if not found then return; end if;
  select coalesce(array_agg(f.name), '{}') into files
    from (select g.image as name from public.goals_goal g where g.participant_id = d.participant_id
          union all
          select unnest(array[s.image, s.sound]) from public.participants_storypart s
           where s.participant_id = d.participant_id) f
   where f.name <> '';
  select coalesce(array_agg(c.slug), '{}') into copies
    from public.participants_datacopy c where c.participant_id = d.participant_id;
  delete from public.herstel_job j using public.participants_datacopy c
   where j.kind = 'copy' and j.subject = c.id and c.participant_id = d.participant_id;
  alone := not exists (select from public.participants_employment e where e.user_id = d.user_id and e.began_at is not null)
       and not exists (select from public.supportgroups_membership m
                        where m.user_id = d.user_id and m.state in ('accepted', 'active', 'paused', 'resting'));
  update public.herstel_auditline l set called = '', basis = ''
   where l.participant_id = d.participant_id;
  delete from public.participants_participant p where p.id = d.participant_id;
  if alone then
    select u.email into mailbox from public.herstel_user u where u.id = d.user_id;
    delete from public.herstel_outgoingmail o where o.address = mailbox;
    delete from public.herstel_signin s where s.address = mailbox;
    delete from public.mfa_authenticator a where a.user_id = d.user_id;
    delete from public.socialaccount_socialaccount a where a.user_id = d.user_id;
    delete from public.account_emailaddress a where a.user_id = d.user_id;
    delete from public.participants_employment e where e.user_id = d.user_id;  -- they were asked, and never worked
    delete from public.herstel_user u where u.id = d.user_id;
  end if;
  insert into public.herstel_erasure (former_participant, former_user)
  values (d.participant_id, case when alone then d.user_id end);
  return next;
end $$;

-- Whoever keeps Kring answers a concern, once; the participant is told that there is something.
create or replace function doors.answer_concern(concern bigint, answer text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare whose bigint; which text;
begin
  if not authz.keeps() then return false; end if;
  update public.participants_concern c set answer = left($2, 2000), answered_at = now()
   where c.id = $1 and c.answered_at is null
  returning c.participant_id, c.slug into whose, which;
  if whose is null then return false; end if;
  perform private.administered('concern_answer', null, whose, which);
  perform doors.queue_mail(p.user_id, '', 'waiting', '{}', null)
     from public.participants_participant p where p.id = whose;
  return true;
end $$;

-- Reading the words of a concern is an act too: whose concern it is reads that it was read.
create or replace function audit.note_concern_read(concern bigint) returns void
language sql volatile security definer set search_path = '' as $$
  select private.administered('concern_read', null, c.participant_id, c.slug)
    from public.participants_concern c
   where c.id = $1 and authz.keeps()
     and not exists (select from public.participants_administrationline l  -- once a day, however often it is opened
                      where l.actor = authz.actor() and l.event = 'concern_read' and l.about = c.slug
                        and l.participant_id = c.participant_id and l.at > now() - interval '20 hours')
$$;

-- Yes or no to whoever asked one to work for them.
create or replace function doors.answer_work(employment bigint, yes boolean) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update public.participants_employment e
     set active = yes, began_at = case when yes then now() end, ended_at = case when not yes then now() end
   where e.id = $1 and e.user_id = authz.actor() and e.began_at is null and e.ended_at is null;
  return found;
end $$;

-- Nobody but a command on the server could ask another one then. One at a time: two could not stop together.
create or replace function private.keep_a_keeper(organisation bigint, employment bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from public.participants_organisation o where o.id = $1 and o.kind = 'platform') then return; end if;
  perform private.latest_only();
  perform pg_advisory_xact_lock(hashtextextended('keepers', 0));
  if not exists (select from public.participants_employment e join public.participants_organisation o on o.id = e.organisation_id
                  where o.kind = 'platform' and e.function = 'administrator' and e.active and e.id <> $2) then
    raise check_violation using message = 'the last who keeps Kring', constraint = 'the_last_keeper';
  end if;
end $$;

create or replace function private.end_work() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if old.ended_at is distinct from new.ended_at and old.ended_at is not null then
    raise check_violation using message = 'what ended stays ended', constraint = 'what_ended_stays_ended';
  end if;
  if old.active and old.function = 'administrator' and private.is_act(old.organisation_id) then
    perform private.keep_a_keeper(old.organisation_id, old.id);
  end if;
  new.active := false;
  return new;
end $$;

-- Is this somebody's act, that leaves a line? What commands, migrations and workers do is nobody's. A web process acts
-- for an administrator of this organisation (null: of Kring itself; `was`: by the very work that this ends). A statement
-- that lays its session aside on the way to the log is refused, and so is what it did.
create or replace function private.is_act(organisation bigint, was boolean default false) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if was or authz.keeps() or organisation = any (authz.administers()) then return true; end if;
  if not pg_has_role(session_user, 'herstel_acting', 'member') then
    raise insufficient_privilege using message = 'an act of administration, and no administrator';
  end if;
  return false;
end $$;

-- Nobody is asked to work somewhere more than 3 times in 30 days, and no more than 100 people a day: each is a mail.
create or replace function private.ask_for_work() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if private.is_act(new.organisation_id) then
    perform private.latest_only();
    if new.function not in ('professional', 'researcher', 'administrator') then
      raise check_violation using message = 'no such work', constraint = 'no_such_work';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('asked by ' || new.organisation_id, 0));
    new.invited_at := now();
    new.ended_at := null;
    if (select count(*) from public.participants_employment e
         where e.organisation_id = new.organisation_id and e.began_at is null
           and e.invited_at > now() - interval '1 day') >= 100 then
      raise check_violation using message = 'asked many today', constraint = 'asked_many_today';
    end if;
    if (select count(*) from public.participants_employment e
         where e.user_id = new.user_id and e.organisation_id = new.organisation_id and e.began_at is null
           and e.invited_at > now() - interval '30 days') >= 3 then
      raise check_violation using message = 'asked often enough', constraint = 'asked_often_enough';
    end if;
  end if;
  return new;
end $$;

-- The triggers (access.sql). What commands, migrations and the seed do is nobody's act, and leaves no line.
create or replace function private.note_employment() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.is_act(new.organisation_id,
                        coalesce(old.active and old.function = 'administrator' and old.user_id = authz.actor(), false)) then
    return null;
  end if;
  if tg_op = 'INSERT' then
    perform private.administered('employed', new.organisation_id, null, new.name);
    perform doors.queue_mail(new.user_id, '', 'invited_worker', '{}', null);
  elsif new is distinct from old then
    perform private.administered(
      case when new.ended_at is null then 'changed' when old.began_at is null then 'taken_back' else 'ended' end,
      new.organisation_id, null, new.name);
  end if;
  return null;
end $$;

create or replace function private.note_organisation() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.is_act(new.id) then return null; end if;
  perform private.administered('organisation', new.id, null, new.name);
  return null;
end $$;

create or replace function private.note_help_line() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.is_act(null) then return null; end if;
  if tg_op = 'INSERT' then
    perform private.administered('number_new', null, null, new.number);
  elsif tg_op = 'DELETE' then
    perform private.administered('number_gone', null, null, old.number);
  elsif new is not distinct from old then
    return null;
  elsif to_jsonb(new) - 'checked_on' = to_jsonb(old) - 'checked_on' then
    perform private.administered('number_check', null, null, new.number);
  else
    perform private.administered('number_change', null, null, new.number);
  end if;
  return null;
end $$;
