-- Beheer's doors: an organisation is added by an administrator of Kring itself; the outbox is told in two figures.

create or replace function doors.add_organisation(name text, kind text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from public.participants_employment e
                   join public.participants_organisation o on o.id = e.organisation_id
                  where e.user_id = authz.actor() and e.active and e.function = 'administrator' and o.kind = 'platform') then
    return false;
  end if;
  insert into public.participants_organisation (name, kind) values ($1, $2) on conflict do nothing;
  return found;
end $$;

create or replace function doors.mail_figures(out waiting bigint, out oldest timestamptz)
language sql stable security definer set search_path = '' as $$
  select count(*), min(send_at) from public.herstel_outgoingmail
   where sent_at is null and send_at <= now() and attempts < 60
$$;

-- Asked by the worker that makes a copy: for whom?
create or replace function doors.whose_copy(copy bigint) returns bigint
language sql stable security definer set search_path = '' as $$
  select p.user_id from public.participants_datacopy c
    join public.participants_participant p on p.id = c.participant_id
   where c.id = $1
$$;

-- Throw away what is due: the record with everything below it, and the account when it is nothing else to anybody.
-- What stays is the ledger, and the log of who looked, under numbers that lead to nobody. Gives the files to remove.
drop function if exists doors.erase_due();
create or replace function doors.erase_due() returns table (files text[], copies text[])
language plpgsql volatile security definer set search_path = '' as $$
declare d record; alone boolean; mailbox text;
begin
  for d in select e.participant_id, p.user_id from public.participants_deletion e
             join public.participants_participant p on p.id = e.participant_id
            where e.due_at <= now() for update of e skip locked loop
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
    alone := not exists (select from public.participants_employment e where e.user_id = d.user_id)
         and not exists (select from public.supportgroups_membership m
                          where m.user_id = d.user_id and m.state in ('accepted', 'active', 'paused'));
    update public.herstel_auditline l set called = '', basis = ''
     where l.participant_id = d.participant_id;
    delete from public.participants_participant p where p.id = d.participant_id;
    if alone then
      select u.email into mailbox from public.herstel_user u where u.id = d.user_id;
      delete from public.herstel_outgoingmail o where o.address = mailbox;
      delete from public.herstel_signin s where s.address = mailbox;
      delete from public.usersessions_usersession s where s.user_id = d.user_id;
      delete from public.mfa_authenticator a where a.user_id = d.user_id;
      delete from public.socialaccount_socialaccount a where a.user_id = d.user_id;
      delete from public.account_emailaddress a where a.user_id = d.user_id;
      delete from public.herstel_user u where u.id = d.user_id;
    end if;
    insert into public.herstel_erasure (former_participant, former_user)
    values (d.participant_id, case when alone then d.user_id end);
    return next;
  end loop;
end $$;

-- Whoever keeps Kring answers a concern, once; the participant is told that there is something.
create or replace function doors.answer_concern(concern bigint, answer text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare whose bigint;
begin
  if not authz.keeps() then return false; end if;
  update public.participants_concern c set answer = left($2, 2000), answered_at = now()
   where c.id = $1 and c.answered_at is null
  returning c.participant_id into whose;
  if whose is null then return false; end if;
  perform doors.queue_mail(p.user_id, '', 'waiting', '{}', null)
     from public.participants_participant p where p.id = whose;
  return true;
end $$;
