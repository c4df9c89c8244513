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
  select count(*), min(send_at) from public.herstel_outgoingmail where sent_at is null and send_at <= now()
$$;

-- Asked by the worker that makes a copy: for whom?
create or replace function doors.whose_copy(copy bigint) returns bigint
language sql stable security definer set search_path = '' as $$
  select p.user_id from public.participants_datacopy c
    join public.participants_participant p on p.id = c.participant_id
   where c.id = $1
$$;
